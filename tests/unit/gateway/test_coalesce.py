"""Coalesced Kinesis puts: everybody gets their own answer, nobody hears 200 too early."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from cloud.wait import until_async
from services.gateway.coalesce import MAX_RECORDS, TARGET, Coalescer, Options
from services.gateway.messages import CallFailed, CallTimedOut, Reply, ServiceCall


def put(data: str = "x", key: str = "k", timeout: float = 5.0, **fields: Any) -> ServiceCall:
    given = {"StreamName": "S", "Data": base64.b64encode(data.encode()).decode(), "PartitionKey": key, **fields}
    return ServiceCall("kinesis", "POST", "/", json.dumps(given).encode(), {"X-Amz-Target": TARGET}, timeout=timeout)


class Stream:
    """Kinesis as the coalescer sees it. script: what happens to the next calls; then all records are taken."""

    def __init__(self, *script: Callable[[list[Any]], Reply]) -> None:
        self.script = list(script)
        self.batches: list[list[str]] = []
        self.alone: list[bytes] = []
        self.running = 0
        self.most_running = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.number = 0

    async def send(self, call: ServiceCall) -> Reply:
        if call.headers["X-Amz-Target"] == TARGET:
            self.alone.append(call.body)
            return Reply(200, {}, b"alone")
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        records = json.loads(call.body)["Records"]
        self.batches.append([base64.b64decode(record["Data"]).decode() for record in records])
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
            return self.script.pop(0)(records) if self.script else self.take(records)
        finally:
            self.running -= 1

    async def busy(self, calls: int = 1) -> None:
        """Returns once so many calls are under way."""

        async def reached() -> bool:
            return self.running >= calls

        await until_async(reached, 30, what=f"{calls} calls under way", interval=0)

    def take(self, records: list[Any]) -> Reply:
        return results([self.taken() for _ in records])

    def taken(self) -> dict[str, str]:
        self.number += 1
        return {"SequenceNumber": str(self.number), "ShardId": "shardId-0"}


def results(outcomes: list[dict[str, str]]) -> Reply:
    return Reply(200, {}, json.dumps({"Records": outcomes}).encode())


def refused(status: int, code: str) -> Callable[[list[Any]], Reply]:
    return lambda _records: Reply(status, {}, json.dumps({"__type": code, "message": "m"}).encode())


def broken(error: Exception) -> Callable[[list[Any]], Reply]:
    def fail(_records: list[Any]) -> Reply:
        raise error

    return fail


def coalescer(stream: Stream, sizes: list[int] | None = None, **options: Any) -> Coalescer:
    chosen = Options(**{"linger": 0.001, "backoff": 0.001, **options})
    return Coalescer(stream.send, chosen, (sizes if sizes is not None else []).append)


async def test_concurrent_puts_go_in_one_call_and_each_caller_gets_its_own_sequence_number() -> None:
    """One PutRecords for all that came together."""
    stream, sizes = Stream(), list[int]()
    joined = coalescer(stream, sizes)
    replies = await asyncio.gather(*(joined.put(put(str(i))) for i in range(20)))

    assert sizes == [20]
    assert [json.loads(reply.body) for reply in replies] == [
        {"SequenceNumber": str(i + 1), "ShardId": "shardId-0"} for i in range(20)
    ]


async def test_one_call_per_stream_is_under_way_and_order_is_kept() -> None:
    """What arrives meanwhile makes the next batch; no batch has more than 500."""
    stream = Stream()
    stream.gate.clear()
    joined = coalescer(stream)
    tasks = [asyncio.ensure_future(joined.put(put(str(i)))) for i in range(MAX_RECORDS + 100)]
    await stream.busy()
    stream.gate.set()
    await asyncio.gather(*tasks)

    assert stream.most_running == 1
    assert [len(batch) for batch in stream.batches] == [MAX_RECORDS, 100]
    assert [data for batch in stream.batches for data in batch] == [str(i) for i in range(MAX_RECORDS + 100)]


async def test_a_batch_stays_under_5_mib() -> None:
    """Six records of a million bytes take two calls."""
    stream = Stream()
    await asyncio.gather(*(coalescer_put for coalescer_put in _many(stream)))

    assert [len(batch) for batch in stream.batches] == [5, 1]


def _many(stream: Stream) -> list[Any]:
    joined = coalescer(stream)
    return [joined.put(put("y" * 1_000_000)) for _ in range(6)]


async def test_streams_do_not_wait_for_one_another() -> None:
    """Each stream has its own lane."""
    stream = Stream()
    stream.gate.clear()
    joined = coalescer(stream)
    tasks = [asyncio.ensure_future(joined.put(put(StreamName=name))) for name in ("A", "B")]
    await stream.busy(2)
    assert stream.running == 2
    stream.gate.set()
    await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        ({"PartitionKey": ""}, "ValidationException", "at 'partitionKey'"),
        ({"PartitionKey": None}, "ValidationException", "must not be null"),
        ({"PartitionKey": "k" * 257}, "ValidationException", "less than or equal to 256"),
        ({"Data": None}, "ValidationException", "at 'data'"),
        ({"Data": "%%%"}, "SerializationException", "Base64"),
        ({"Data": base64.b64encode(b"x" * 1_048_577).decode()}, "ValidationException", "1048576"),
        ({"ExplicitHashKey": "-1"}, "ValidationException", "explicitHashKey"),
        ({"ExplicitHashKey": str(2**128)}, "InvalidArgumentException", "ExplicitHashKey"),
        ({"Data": None, "PartitionKey": ""}, "ValidationException", "2 validation errors detected"),
    ],
)
async def test_a_bad_record_gets_kinesis_error_and_joins_nobody(fields: dict[str, Any], code: str, says: str) -> None:
    """400 with Kinesis's own code, and the stream never hears of it."""
    stream = Stream()
    reply = await coalescer(stream).put(put(**fields))
    body = json.loads(reply.body)

    assert (reply.status, body["__type"], stream.batches) == (400, code, [])
    assert says in body["message"]


async def test_any_unicode_partition_key_counts_characters_not_bytes() -> None:
    """256 characters, whatever they take in UTF-8."""
    assert (await coalescer(Stream()).put(put(key="🚀" * 256))).status == 200


async def test_a_put_that_putrecords_cannot_express_goes_alone() -> None:
    """SequenceNumberForOrdering exists only in PutRecord; odd types are left to Kinesis to refuse."""
    stream = Stream()
    joined = coalescer(stream)
    for call in (put(SequenceNumberForOrdering="1"), put(PartitionKey=7), put(StreamName=None)):
        assert (await joined.put(call)).body == b"alone"

    assert (len(stream.alone), stream.batches) == (3, [])


async def test_a_record_that_fails_is_retried_ahead_of_newer_ones_and_only_its_caller_waits() -> None:
    """The second of three is throttled twice, then taken."""
    stream = Stream()
    throttled = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
    stream.script = [
        lambda _records: results([stream.taken(), throttled, stream.taken()]),
        lambda _records: results([throttled]),
    ]
    replies = await asyncio.gather(*(_three(coalescer(stream))))

    assert [reply.status for reply in replies] == [200, 200, 200]
    assert stream.batches == [["a", "b", "c"], ["b"], ["b"]]
    assert json.loads(replies[1].body)["SequenceNumber"] == "3"


def _three(joined: Coalescer) -> list[Any]:
    return [joined.put(put(name)) for name in "abc"]


@pytest.mark.parametrize(
    ("code", "status"), [("ProvisionedThroughputExceededException", 400), ("InternalFailure", 500), ("Other", 400)]
)
async def test_a_record_that_keeps_failing_is_reported_to_its_own_caller(code: str, status: int) -> None:
    """After the last attempt, with Kinesis's code; the others heard 200 long ago."""
    stream = Stream()
    bad = {"ErrorCode": code, "ErrorMessage": "m"}
    stream.script = [lambda records: results([bad if len(records) == 1 or i == 1 else stream.taken()
                                              for i in range(len(records))])] * 9  # fmt: skip
    replies = await asyncio.gather(*_three(coalescer(stream, attempts=3)))

    assert [reply.status for reply in replies] == [200, status, 200]
    assert json.loads(replies[1].body) == {"__type": code, "message": "m"}
    assert len(stream.batches) == (1 if code == "Other" else 3)


async def test_a_call_that_never_left_is_made_again_with_the_same_records() -> None:
    """Connection refused: nothing can happen twice. A throttled call likewise."""
    stream = Stream(broken(CallFailed("refused", unsent=True)), refused(400, "ProvisionedThroughputExceededException"))
    replies = await asyncio.gather(*_three(coalescer(stream)))

    assert [reply.status for reply in replies] == [200, 200, 200]
    assert stream.batches == [["a", "b", "c"]] * 3


async def test_a_dead_stream_is_an_error_for_all_in_the_end() -> None:
    """Attempts are bounded."""
    stream = Stream(*[broken(CallFailed("refused", unsent=True))] * 9)
    joined = coalescer(stream, attempts=2)

    assert all(isinstance(e, CallFailed) for e in await asyncio.gather(*_three(joined), return_exceptions=True))
    assert len(stream.batches) == 2


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        (broken(CallFailed("hung up")), CallFailed),
        (broken(CallTimedOut("slow")), CallTimedOut),
        (broken(RuntimeError("bug")), CallFailed),
        (lambda _records: Reply(200, {}, b"no json"), CallFailed),
        (lambda _records: results([]), CallFailed),
    ],
)
async def test_what_may_have_been_taken_is_not_sent_again(happens: Any, expected: type[Exception]) -> None:
    """All callers hear of it, and the next put works."""
    stream = Stream(happens)
    joined = coalescer(stream)
    outcomes = await asyncio.gather(*_three(joined), return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {expected}
    assert (await joined.put(put())).status == 200
    assert len(stream.batches) == 2


async def test_a_5xx_or_a_missing_stream_is_passed_to_every_caller() -> None:
    """With the service's own status and body."""
    for status, code in ((500, "InternalFailure"), (400, "ResourceNotFoundException")):
        replies = await asyncio.gather(*_three(coalescer(Stream(refused(status, code)))))
        assert [(reply.status, json.loads(reply.body)["__type"]) for reply in replies] == [(status, code)] * 3


async def test_one_record_that_the_service_refuses_does_not_harm_the_others() -> None:
    """A call refused as invalid is taken apart, and only the culprit's caller hears of it."""
    stream = Stream()

    def judge(records: list[Any]) -> Reply:
        if any(base64.b64decode(record["Data"]) == b"b" for record in records):
            return refused(400, "ValidationException")(records)
        return stream.take(records)

    stream.script = [judge] * 4
    replies = await asyncio.gather(*_three(coalescer(stream)))

    assert [reply.status for reply in replies] == [200, 400, 200]


async def test_a_caller_that_hangs_up_does_not_cancel_the_call_of_the_others() -> None:
    """Its record travels on, the others get their answers."""
    stream = Stream()
    stream.gate.clear()
    joined = coalescer(stream)
    tasks = [asyncio.ensure_future(each) for each in _three(joined)]
    await stream.busy()
    tasks[1].cancel()
    await asyncio.sleep(0)
    stream.gate.set()

    assert [(await tasks[0]).status, (await tasks[2]).status] == [200, 200]
    assert stream.batches == [["a", "b", "c"]]


async def test_a_caller_that_waited_too_long_hears_so_and_its_unsent_record_is_dropped() -> None:
    """The integration's timeout holds while waiting, too."""
    stream = Stream()
    stream.gate.clear()
    joined = coalescer(stream)
    first = asyncio.ensure_future(joined.put(put("first")))
    await stream.busy()
    with pytest.raises(CallTimedOut):
        await joined.put(put("late", timeout=0.01))
    stream.gate.set()
    await first
    await joined.drain()

    assert stream.batches == [["first"]]


async def test_too_many_waiting_records_are_refused_at_once() -> None:
    """A dead emulator must not eat the memory."""
    stream = Stream()
    stream.gate.clear()
    joined = coalescer(stream, limit=2)
    first = asyncio.ensure_future(joined.put(put("first")))
    await stream.busy()
    waiting = [asyncio.ensure_future(joined.put(put(str(i)))) for i in range(2)]
    await asyncio.sleep(0)
    reply = await joined.put(put("too many"))
    stream.gate.set()
    await asyncio.gather(first, *waiting)

    assert (reply.status, json.loads(reply.body)["__type"]) == (503, "ServiceUnavailable")


async def test_draining_waits_until_everybody_was_answered() -> None:
    """On shutdown nothing that was accepted is dropped."""
    stream = Stream()
    joined = coalescer(stream)
    tasks = [asyncio.ensure_future(each) for each in _three(joined)]
    await asyncio.sleep(0)
    await joined.drain()
    await asyncio.sleep(0)

    assert all(task.done() for task in tasks)


async def test_the_encryption_type_is_passed_on_when_there_is_one() -> None:
    """PutRecord's reply names it for encrypted streams."""
    record = {"SequenceNumber": "1", "ShardId": "s"}
    body = json.dumps({"EncryptionType": "KMS", "Records": [record]}).encode()
    stream = Stream(lambda _records: Reply(200, {}, body))

    assert json.loads((await coalescer(stream).put(put())).body)["EncryptionType"] == "KMS"
