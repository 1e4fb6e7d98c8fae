"""The manager of a match, over canned answers of the API."""

import json
from typing import Any

import pytest

from demo.accounts import Pool
from demo.api import Refused, Reply
from demo.manager import Manager, SessionBusy, pool


class Canned:
    """Stands in for demo.api.Api: the answers to each call in turn, the last one again and again."""

    def __init__(self, **answers: list[Reply]) -> None:
        self._answers = answers
        self.calls: list[str] = []

    async def call(self, method: str, path: str, token: str, body: bytes = b"") -> Reply:
        assert token == "token" or path == "config"
        what = f"{method}_{path.partition('?')[0].rpartition('/')[2]}".lower()
        self.calls.append(what)
        answers = self._answers[what]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def insist(self, method: str, path: str, token: str, body: Any = None) -> Any:
        reply = await self.call(method, path, token)
        if reply.status != 200:
            raise Refused(f"{reply.status} {reply.body}")
        return reply.body


BUSY = Reply(409, {"errorCode": "SessionAlreadyOpen"})


def announced(session: dict[str, Any] | None) -> Reply:
    """GET session: a JSON string that holds JSON."""
    return Reply(200, json.dumps(session))


def managing(**answers: list[Reply]) -> tuple[Manager, Canned]:
    """A manager, and who answers."""
    api = Canned(**answers)
    return Manager(api, "token"), api  # type: ignore[arg-type]


async def test_a_session_is_opened() -> None:
    """Its id is what the API says."""
    manager, _ = managing(post_session=[Reply(200, {"SessionId": "demo261120T120000"})])

    assert await manager.open("demo", 200) == "demo261120T120000"
    assert manager.is_open


async def test_a_session_left_open_by_an_earlier_run_is_closed_first() -> None:
    """One of this name and a moment is our own; it shows as soon as the gateway's cache lets it."""
    manager, api = managing(
        post_session=[BUSY, Reply(200, {"SessionId": "demo261120T120000"})],
        get_session=[announced(None), announced({"SessionId": "demo261120T115959"})],
        delete_session=[Reply(200, {})],
    )
    await manager.open("demo", 200)

    assert api.calls == ["post_session", "get_session", "get_session", "delete_session", "post_session"]


@pytest.mark.parametrize("name", ["friday261120T115959", "demolition261120T115959", "2026-11-20T11:59:59"])
async def test_a_session_of_somebody_else_is_left_alone(name: str) -> None:
    """SessionBusy names it; nothing is closed."""
    manager, api = managing(post_session=[BUSY], get_session=[announced({"SessionId": name})])
    with pytest.raises(SessionBusy, match=name):
        await manager.open("demo", 200)

    assert "delete_session" not in api.calls


async def test_any_other_refusal_is_said() -> None:
    """A gamer cannot open sessions."""
    manager, _ = managing(post_session=[Reply(403, {"message": "managers only"})])
    with pytest.raises(Refused, match=r"403.*managers only"):
        await manager.open("demo", 200)


async def test_a_closed_session_is_not_open() -> None:
    """With ClosingTime, or none at all, there is nothing open."""
    closed, _ = managing(get_session=[announced({"SessionId": "x", "ClosingTime": "now"})])
    none, _ = managing(get_session=[announced(None)])

    assert await closed.current() == ""
    assert await none.current() == ""


async def test_closing_is_done_once() -> None:
    """What is closed is not closed again."""
    manager, api = managing(post_session=[Reply(200, {"SessionId": "x"})], delete_session=[Reply(200, {})])
    await manager.open("demo", 1)

    assert await manager.closed()
    assert await manager.closed()
    assert api.calls.count("delete_session") == 1


async def test_a_session_whose_closing_got_no_answer_is_closed() -> None:
    """The first call failed half-way, the second hears 409: it is closed; a 500 is not."""
    manager, _ = managing(
        post_session=[Reply(200, {"SessionId": "x"})], delete_session=[Reply(500, {}), Reply(409, {})]
    )
    await manager.open("demo", 1)
    with pytest.raises(Refused, match="500"):
        await manager.close()
    await manager.close()

    assert not manager.is_open


async def test_the_pool_is_what_the_configuration_names() -> None:
    """By the last part of each parameter's name."""
    parameters = [{"Name": "/alien-attack/userpoolid", "Value": "us-east-1_a"}, {"Name": "/x/clientid", "Value": "c"}]
    api = Canned(get_config=[Reply(200, {"Parameters": parameters})])

    assert await pool(api) == Pool("us-east-1_a", "c")  # type: ignore[arg-type]
