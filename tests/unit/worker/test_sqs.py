"""A poller of a queue: what it delivers, what it deletes, what it holds, and what happens when something is away."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from cloud.wait import until_async
from services.worker import metrics
from services.worker.mappings import configuration
from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling.delivery import Delivery
from services.worker.polling.lane import Pace
from services.worker.polling.leases import HeldLease, Lease
from services.worker.polling.outcome import Answer, Batch, Kind
from services.worker.polling.queues import Queues
from services.worker.polling.sqs import QueuePoller

from .records import FUNCTION

OFFLINE = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
QUEUE = "arn:aws:sqs:us-east-1:000000000000:Jobs"
PACE = Pace(poll=0.001, idle_poll=0.001, lease=10, backoff=0.001, backoff_limit=0.001)
RETURNED = Answer(Kind.RETURNED, b"null")
FAILED = Answer(Kind.FUNCTION_ERROR, b"{}")
REPORTS: dict[str, Any] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def message(body: str) -> dict[str, Any]:
    """A message whose id and receipt are its body."""
    return {"MessageId": body, "ReceiptHandle": body, "Body": body, "MD5OfBody": ""}


class Jobs:
    """A queue that gives these receives (or raises these errors) and then nothing more."""

    def __init__(self, *receives: Any, visibility: int | None = 30) -> None:
        self.receives = deque(receives)
        self.timeout = visibility
        self.asked: list[tuple[int, int]] = []
        self.deleted: list[list[str]] = []
        self.refusals: deque[Exception] = deque()
        self.over = asyncio.Event()

    async def receive(self, _: str, most: int, wait: int) -> list[dict[str, Any]]:
        self.asked.append((most, wait))
        if not self.receives:
            self.over.set()
            await asyncio.sleep(0)
            return []
        given = self.receives.popleft()
        if isinstance(given, Exception):
            raise given
        return [message(body) for body in given]

    async def delete(self, _: str, receipts: list[str]) -> None:
        if self.refusals:
            raise self.refusals.popleft()
        if receipts:
            self.deleted.append(receipts)

    async def visibility(self, _: str) -> int | None:
        return self.timeout


class Recorder:
    """A delivery that notes what it is given and answers as told."""

    def __init__(self, answer: Callable[[list[str]], Answer] = lambda _: RETURNED) -> None:
        self.answer = answer
        self.delivered: list[list[str]] = []
        self.requests: list[str] = []
        self.running = self.most = 0

    async def deliver(self, _: EventSourceMapping, __: str, batch: Batch) -> Answer:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        self.delivered.append([record.sequence for record in batch.records])
        self.requests.append(batch.request_id)
        return self.answer(self.delivered[-1])


class Held:
    """A lease that is never lost. number: the poller's."""

    def __init__(self, number: int = 0) -> None:
        self.lost = False
        self.lease = Lease("m-1", 0, f"poller-{number}")


def poller(jobs: Jobs, recorder: Recorder, *, arn: str = QUEUE, number: int = 0, **settings: Any) -> QueuePoller:
    mapping = configuration.created({"EventSourceArn": arn, **settings}, "m-1", FUNCTION)
    return QueuePoller(
        mapping,
        cast(Queues, jobs),
        delivery=cast(Delivery, recorder),
        lease=cast(HeldLease, Held(number)),
        pace=PACE,
    )


async def work_off(jobs: Jobs, one: QueuePoller) -> None:
    """Until the queue has nothing more to give."""
    running = asyncio.create_task(one.run())
    await jobs.over.wait()
    one.stop()
    await running


async def test_a_batch_that_succeeds_is_deleted_as_a_whole() -> None:
    """A batch is what one receive brought."""
    jobs, recorder = Jobs(["a", "b"], ["c"]), Recorder()

    await work_off(jobs, poller(jobs, recorder))

    assert sorted(recorder.delivered) == [["a", "b"], ["c"]]
    assert sorted(jobs.deleted) == [["a", "b"], ["c"]]


async def test_a_batch_that_fails_is_left_to_the_queue() -> None:
    """Nothing is deleted and nothing tried again: the messages come back by themselves."""
    jobs, recorder = Jobs(["a", "b"]), Recorder(lambda _: FAILED)

    await work_off(jobs, poller(jobs, recorder))

    assert (recorder.delivered, jobs.deleted) == ([["a", "b"]], [])


async def test_all_but_the_reported_messages_are_deleted() -> None:
    """By messageId; only when the mapping asks for reports."""
    answer = Answer(Kind.RETURNED, b'{"batchItemFailures":[{"itemIdentifier":"b"}]}')
    reporting, ignoring = Jobs(["a", "b", "c"]), Jobs(["a", "b", "c"])

    await work_off(reporting, poller(reporting, Recorder(lambda _: answer), **REPORTS))
    await work_off(ignoring, poller(ignoring, Recorder(lambda _: answer)))

    assert (reporting.deleted, ignoring.deleted) == ([["a", "c"]], [["a", "b", "c"]])


async def test_a_window_gathers_several_receives() -> None:
    """Up to the batch size, ten at a time; the first receive waits for a message, the others for the window."""
    first, second = [f"a{number}" for number in range(10)], [f"b{number}" for number in range(2)]
    jobs, recorder = Jobs(first, second), Recorder()

    await work_off(jobs, poller(jobs, recorder, BatchSize=12, MaximumBatchingWindowInSeconds=1))

    assert recorder.delivered == [first + second]
    assert jobs.asked[:2] == [(12, 3), (2, 1)]


async def test_a_receive_that_fails_does_not_lose_what_was_received_before() -> None:
    """The batch is delivered as it is when the window is over."""
    jobs, recorder = Jobs(["a"], OFFLINE, ["b"]), Recorder()

    await work_off(jobs, poller(jobs, recorder, BatchSize=2, MaximumBatchingWindowInSeconds=1))

    assert recorder.delivered == [["a", "b"]]


async def test_a_throttled_batch_is_delivered_again_under_its_receipts() -> None:
    """The same request, until it runs; then it is deleted."""
    answers = deque([Answer(Kind.NOT_INVOKED), Answer(Kind.NOT_INVOKED), RETURNED])
    jobs, recorder = Jobs(["a"]), Recorder(lambda _: answers.popleft())
    one = poller(jobs, recorder)
    running = asyncio.create_task(one.run())
    await until_async(lambda: _true(bool(jobs.deleted)), 30, interval=0.001)
    one.stop()
    await running

    assert (recorder.delivered, jobs.deleted) == ([["a"]] * 3, [["a"]])
    assert len(set(recorder.requests)) == 1


async def test_a_throttled_batch_is_let_go_when_its_messages_come_back() -> None:
    """The visibility timeout is over: somebody else may have them."""
    jobs, recorder = Jobs(["a"], visibility=0), Recorder(lambda _: Answer(Kind.NOT_INVOKED))

    await work_off(jobs, poller(jobs, recorder))

    assert (recorder.delivered, jobs.deleted) == ([["a"]], [])


async def test_a_deletion_is_tried_until_it_works() -> None:
    """The queue is away while the function runs: nothing is delivered twice for that."""
    jobs, recorder = Jobs(["a"]), Recorder()
    jobs.refusals.extend([OFFLINE, OFFLINE])
    one = poller(jobs, recorder)
    running = asyncio.create_task(one.run())
    await until_async(lambda: _true(bool(jobs.deleted)), 30, interval=0.001)
    one.stop()
    await running

    assert (recorder.delivered, jobs.deleted) == ([["a"]], [["a"]])


async def test_a_queue_that_is_away_is_trouble_until_it_answers() -> None:
    """Receiving goes on where it stopped."""
    jobs, recorder = Jobs(OFFLINE, OFFLINE, ["a"]), Recorder()
    one = poller(jobs, recorder)

    await work_off(jobs, one)

    assert (recorder.delivered, one.trouble) == ([["a"]], "")


async def test_what_the_filters_drop_is_deleted_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polled 3, filtered out 2, invoked 1, deleted 3 (recorded)."""
    counted: dict[str, int] = {}
    count = lambda _, metric, events: counted.update({metric: counted.get(metric, 0) + events})  # noqa: E731
    monkeypatch.setattr(metrics.CLOUDWATCH, "mapping", count)
    jobs, recorder = Jobs(['{"n":1}', '{"n":2}', "text"]), Recorder()
    filters = {"Filters": [{"Pattern": '{"body": {"n": [2]}}'}]}

    await work_off(jobs, poller(jobs, recorder, FilterCriteria=filters, MetricsConfig={"Metrics": ["EventCount"]}))

    assert (recorder.delivered, jobs.deleted) == ([['{"n":2}']], [['{"n":1}', "text"], ['{"n":2}']])
    assert counted == {"PolledEventCount": 3, "FilteredOutEventCount": 2, "DeletedEventCount": 3}  # invoked: delivery


async def test_a_batch_too_large_for_an_invocation_is_parted() -> None:
    """A FIFO queue's second part is not delivered when the first one failed: it would overtake."""
    # id, receipt and body of the fake messages are the same text
    large = [letter * 330_000 for letter in "abcdefg"]
    standard, fifo = Recorder(lambda _: FAILED), Recorder(lambda _: FAILED)
    for recorder, arn in ((standard, QUEUE), (fifo, f"{QUEUE}.fifo")):
        jobs = Jobs(large)
        await work_off(jobs, poller(jobs, recorder, arn=arn))

    assert [len(batch) for batch in standard.delivered] == [6, 1]
    assert [len(batch) for batch in fifo.delivered] == [6]


@pytest.mark.parametrize(
    ("settings", "number", "capacity"),
    [
        ({}, 0, 5),
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, 0, 1),
        ({"ScalingConfig": {"MaximumConcurrency": 5}}, 0, 3),
        ({"ScalingConfig": {"MaximumConcurrency": 5}}, 1, 2),
    ],
)
async def test_pollers_share_the_concurrency(settings: dict[str, Any], number: int, capacity: int) -> None:
    """Together they have as many batches in hand as the mapping says; none has more than its share."""
    jobs, recorder = Jobs(*([str(one)] for one in range(12))), Recorder()
    one = poller(jobs, recorder, number=number, **settings)

    await work_off(jobs, one)

    assert one.capacity == capacity
    assert recorder.most <= capacity
    assert len(recorder.delivered) == 12


async def test_a_stop_ends_after_the_batches_in_hand() -> None:
    """What was received is delivered and deleted."""
    jobs, recorder = Jobs(["a"], ["b"], ["c"]), Recorder()
    one = poller(jobs, recorder)
    recorder.answer = lambda _: one.stop() or RETURNED  # type: ignore[func-returns-value]

    await one.run()

    assert jobs.deleted[0] == ["a"]
    assert [batch for batch in recorder.delivered if batch not in jobs.deleted] == []


async def _true(value: bool) -> bool:
    return value
