"""Kinesis puts travel together: concurrent PutRecord calls for one stream become PutRecords.

One call per stream is under way at a time; what arrives meanwhile makes the next batch, so records keep their order.
Every caller gets its own answer, and none is told 200 before the stream has taken its record.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.gateway import kinesis
from services.gateway.messages import CallFailed, CallTimedOut, Reply, ServiceCall
from services.gateway.outbound import error_type

TARGET = "Kinesis_20131202.PutRecord"
MAX_RECORDS = 500
MAX_BYTES = 5 * 1_048_576

_RETRIED = frozenset({"ProvisionedThroughputExceededException", "InternalFailure"})
# A whole call refused for what one record holds: the others must not pay for it.
_ONE_RECORDS_FAULT = frozenset({"ValidationException", "SerializationException", "InvalidArgumentException"})


@dataclass(frozen=True)
class Options:
    """linger: seconds that the first record waits for company; limit: records that may wait for one stream.

    attempts: how often one record is sent; backoff: seconds before the second attempt, doubling; timeout: of one call.
    """

    linger: float = 0.003
    limit: int = 5000
    attempts: int = 5
    backoff: float = 0.02
    timeout: float = 10.0


@dataclass(slots=True)
class _Waiting:
    record: kinesis.PutRecord
    since: float
    answer: asyncio.Future[Reply]
    attempts: int = 0


Send = Callable[[ServiceCall], Awaitable[Reply]]


class Coalescer:
    """Joins PutRecord calls. send: makes a call; observe: is told the size of every batch sent."""

    def __init__(self, send: Send, options: Options, observe: Callable[[int], None] = lambda _size: None) -> None:
        self._send = send
        self._options = options
        self._observe = observe
        self._lanes: dict[tuple[str, str], _Lane] = {}

    async def put(self, call: ServiceCall) -> Reply:
        """What Kinesis answers to this one PutRecord; 503 when too many wait. Raises CallFailed and CallTimedOut."""
        record = kinesis.read(call.body)
        if record is None:
            return await self._send(call)
        if isinstance(record, Reply):
            return record
        lane = self._lane(record.stream)
        if len(lane.waiting) >= self._options.limit:
            return kinesis.error("ServiceUnavailable", "Too many records wait for the stream", 503)
        answer = lane.add(record)
        # asyncio.timeout would do the same, and cost a tenth of what a post costs in all.
        timer = asyncio.get_running_loop().call_later(call.timeout, _give_up, answer)
        try:
            return await answer
        finally:
            timer.cancel()

    async def drain(self) -> None:
        """Wait until everything that waits was answered."""
        while tasks := [lane.task for lane in self._lanes.values() if lane.task is not None]:
            await asyncio.wait(tasks)

    def _lane(self, stream: tuple[str, str]) -> "_Lane":
        lane = self._lanes.get(stream)
        if lane is None:
            lane = self._lanes[stream] = _Lane(stream, self._send, self._options, self._observe)
        return lane


@dataclass
class _Lane:
    """The records of one stream, in order. The task runs only while there are any."""

    stream: tuple[str, str]
    send: Send
    options: Options
    observe: Callable[[int], None]
    waiting: deque[_Waiting] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None

    def add(self, record: kinesis.PutRecord) -> asyncio.Future[Reply]:
        loop = asyncio.get_running_loop()
        entry = _Waiting(record, loop.time(), loop.create_future())
        self.waiting.append(entry)
        if self.task is None:
            self.task = loop.create_task(self._run())
        return entry.answer

    async def _run(self) -> None:
        try:
            while self.waiting:
                await self._linger()
                if batch := self._take():
                    await self._deliver(batch)
        finally:
            self.task = None

    async def _linger(self) -> None:
        loop = asyncio.get_running_loop()
        left = self.waiting[0].since + self.options.linger - loop.time()
        if left > 0 and len(self.waiting) < MAX_RECORDS:
            await asyncio.sleep(left)

    def _take(self) -> list[_Waiting]:
        """The next batch within Kinesis's limits; a caller that gave up before its record was sent is skipped."""
        batch: list[_Waiting] = []
        size = 0
        while self.waiting and len(batch) < MAX_RECORDS:
            entry = self.waiting[0]
            if not entry.answer.done():
                size += entry.record.size
                if size > MAX_BYTES:
                    break
                batch.append(entry)
            self.waiting.popleft()
        return batch

    async def _deliver(self, batch: list[_Waiting]) -> None:
        again: list[_Waiting] = []
        try:
            again = await self._attempt(batch)
        except Exception as error:  # whatever went wrong, every caller must hear of it
            _fail(batch, error)
        if again:
            # Ahead of newer records, and before those are sent: a gamer's records keep their order.
            self.waiting.extendleft(reversed(again))
            await asyncio.sleep(self.options.backoff * 2 ** (max(entry.attempts for entry in again) - 1))

    async def _attempt(self, batch: list[_Waiting]) -> list[_Waiting]:
        """Send a batch and answer its callers; gives back those records that are to be sent again."""
        for entry in batch:
            entry.attempts += 1
        self.observe(len(batch))
        try:
            reply = await self.send(self._call(batch))
        except CallFailed as error:
            if error.unsent:
                return self._spared(batch, error)
            raise
        if reply.status == 200:
            return self._answer(batch, orjson.loads(reply.body))
        return await self._refused(batch, reply)

    def _call(self, batch: list[_Waiting]) -> ServiceCall:
        body = orjson.dumps({self.stream[0]: self.stream[1], "Records": [entry.record.entry for entry in batch]})
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{TARGET}s"}
        return ServiceCall("kinesis", "POST", "/", body, headers, timeout=self.options.timeout)

    def _answer(self, batch: list[_Waiting], result: Any) -> list[_Waiting]:
        extra = {"EncryptionType": result["EncryptionType"]} if result.get("EncryptionType", "NONE") != "NONE" else {}
        again = []
        for entry, outcome in zip(batch, result["Records"], strict=True):
            code = outcome.get("ErrorCode")
            if code is None:
                taken = {"SequenceNumber": outcome["SequenceNumber"], "ShardId": outcome["ShardId"], **extra}
                _settle(entry, Reply(200, {"content-type": "application/x-amz-json-1.1"}, orjson.dumps(taken)))
            elif code in _RETRIED and entry.attempts < self.options.attempts:
                again.append(entry)
            else:
                status = 500 if code == "InternalFailure" else 400
                _settle(entry, kinesis.error(code, str(outcome.get("ErrorMessage", "")), status))
        return again

    async def _refused(self, batch: list[_Waiting], reply: Reply) -> list[_Waiting]:
        code = _code(reply)
        if code in _RETRIED and reply.status < 500:
            return self._spared(batch, reply)
        if code in _ONE_RECORDS_FAULT and len(batch) > 1:
            again = []
            for entry in batch:
                entry.attempts -= 1
                again += await self._attempt([entry])
            return again
        # After a 5xx nobody knows whether the records were taken; sending them again could double them.
        for entry in batch:
            _settle(entry, reply)
        return []

    def _spared(self, batch: list[_Waiting], outcome: Reply | CallFailed) -> list[_Waiting]:
        """Those of an untouched batch that have attempts left; the others get the outcome."""
        for entry in batch:
            if entry.attempts >= self.options.attempts:
                _settle(entry, outcome)
        return [entry for entry in batch if entry.attempts < self.options.attempts]


def _code(reply: Reply) -> str:
    try:
        return error_type(orjson.loads(reply.body))
    except ValueError:
        return ""


def _give_up(answer: asyncio.Future[Reply]) -> None:
    if not answer.done():
        answer.set_exception(CallTimedOut("PutRecord"))


def _settle(entry: _Waiting, outcome: Reply | Exception) -> None:
    if entry.answer.done():  # the caller hung up, or its time is over; the record was sent all the same
        return
    if isinstance(outcome, Reply):
        entry.answer.set_result(outcome)
    else:
        entry.answer.set_exception(outcome)


def _fail(batch: list[_Waiting], error: Exception) -> None:
    known = isinstance(error, CallFailed | CallTimedOut)
    outcome = error if known else CallFailed(f"{type(error).__name__}: {error}")
    for entry in batch:
        _settle(entry, outcome)
