"""A simulated gamer against an API of canned answers."""

import asyncio

import orjson
import pytest

from demo.accounts import Account
from demo.api import NoAnswer, Reply
from demo.gamer import Gamer, Plan
from demo.measure import Ledger, Outcome
from tests.unit.demo.virtual_time import in_virtual_time


class Canned:
    """Stands in for demo.api.Api: each path's answers in turn, the last one again and again."""

    def __init__(self, **answers: list[Reply]) -> None:
        self._answers = {"allocate": [Reply(200, {})], "scoreboard": [Reply(200, {"Scoreboard": []})], **answers}
        self.bodies: list[dict[str, object]] = []
        self.release = asyncio.Event()
        self.release.set()

    async def call(self, method: str, path: str, token: str, body: bytes = b"") -> Reply:
        assert token == "token"
        assert method in {"GET", "POST"}
        name = path.partition("?")[0]
        if name == "updatestatus":
            self.bodies.append(orjson.loads(body))
            await self.release.wait()
        answers = self._answers[name]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if not answer.status:
            raise NoAnswer(name)
        return answer


def accepted(sequence: int = 1) -> Reply:
    """Kinesis's reply to a put."""
    return Reply(200, {"SequenceNumber": str(sequence), "ShardId": "shardId-000000000000"})


def seat(api: Canned, ledger: Ledger, seconds: float = 0.2, patience: float = 2.0) -> tuple[Gamer, Plan]:
    """A gamer who posts every 20 ms, and the plan of the match, which starts now."""
    plan = Plan("demo1", seconds, 0.02, 1, patience, clock=asyncio.get_running_loop().time)
    plan.start = plan.clock()
    return Gamer(Account("ada", "token"), api, plan, ledger), plan  # type: ignore[arg-type]


@in_virtual_time
async def test_a_gamer_posts_on_schedule_and_then_loses_the_last_life() -> None:
    """One post in every interval, all for this session, the last one without lives."""
    api, ledger = Canned(updatestatus=[accepted()]), Ledger()
    gamer, _ = seat(api, ledger)
    await gamer.play()

    assert len(api.bodies) - 1 == 10
    assert {body["SessionId"] for body in api.bodies} == {"demo1"}
    assert [body["Lives"] for body in api.bodies[-2:]] == [3, 0]
    assert all(post.outcome is Outcome.ACCEPTED for post in ledger.posts)


@in_virtual_time
async def test_timestamps_tell_posts_apart() -> None:
    """However fast a gamer posts, no two posts have the same Timestamp, and later ones are later."""
    api, ledger = Canned(updatestatus=[accepted()]), Ledger()
    gamer, plan = seat(api, ledger)
    plan.interval = 0.0005
    await gamer.play()
    stamps = [post.timestamp for post in ledger.posts]

    assert len(stamps) == 401
    assert stamps == sorted(set(stamps))


@in_virtual_time
async def test_latency_counts_from_when_a_post_was_due() -> None:
    """A post that waits for its answer is as late as the wait; the schedule goes on meanwhile."""
    api, ledger = Canned(updatestatus=[accepted()]), Ledger()
    gamer, plan = seat(api, ledger)
    api.release.clear()
    playing = asyncio.create_task(gamer.play())
    await plan.until(0.1)
    api.release.set()
    await playing
    first, second = ledger.posts[:2]

    assert first.latency == pytest.approx(0.1 - first.due)
    assert second.due == pytest.approx(first.due + 0.02)


@in_virtual_time
async def test_at_most_two_posts_wait_for_an_answer() -> None:
    """What is due beyond them is not sent, and counted."""
    api, ledger = Canned(updatestatus=[accepted()]), Ledger()
    gamer, plan = seat(api, ledger)
    api.release.clear()
    playing = asyncio.create_task(gamer.play())
    await plan.until(0.15)
    waiting = len(api.bodies)
    api.release.set()
    await playing

    assert waiting == 2
    assert ledger.skipped == 6


@in_virtual_time
async def test_errors_of_the_stack_do_not_stop_a_gamer() -> None:
    """No answer and 503 count as failed; the gamer posts on."""
    api, ledger = Canned(updatestatus=[Reply(0, None), Reply(503, {}), accepted()]), Ledger()
    gamer, _ = seat(api, ledger)
    await gamer.play()

    assert [post.outcome for post in ledger.posts[:3]] == [Outcome.FAILED, Outcome.FAILED, Outcome.ACCEPTED]
    assert ledger.codes["POST updatestatus no answer"] == 1
    assert ledger.codes["POST updatestatus 503"] == 1


@in_virtual_time
async def test_the_last_post_is_sent_until_it_is_accepted() -> None:
    """The stack is away at the end: the post without lives comes through when it is back."""
    answers = [Reply(0, None), Reply(500, {}), accepted()]
    api, ledger = Canned(updatestatus=answers), Ledger()
    gamer, _ = seat(api, ledger, seconds=0.0)
    await gamer.play()

    assert [post.status.lives for post in ledger.posts] == [0, 0, 0]
    assert ledger.posts[-1].outcome is Outcome.ACCEPTED


@in_virtual_time
async def test_a_closed_session_sends_a_gamer_home() -> None:
    """After 422 nothing more is posted."""
    api, ledger = Canned(updatestatus=[accepted(), Reply(422, {"errorCode": "SessionNotOpen"})]), Ledger()
    gamer, _ = seat(api, ledger, seconds=10)
    await gamer.play()

    assert [post.outcome for post in ledger.posts] == [Outcome.ACCEPTED, Outcome.REJECTED]
    assert all(body["Lives"] for body in api.bodies)


@in_virtual_time
async def test_a_seat_is_asked_for_until_the_answer_decides() -> None:
    """502 is no answer about a seat, 422 is."""
    ledger = Ledger()
    lucky, _ = seat(Canned(allocate=[Reply(502, {}), Reply(200, {})]), ledger)
    await lucky.take_seat()
    seated = list(ledger.seated)
    late, _ = seat(Canned(allocate=[Reply(422, {"errorCode": "NoSeatsAvailable"})]), ledger)
    await late.take_seat()

    assert seated == ["ada"]
    assert ledger.seated == ["ada"]
