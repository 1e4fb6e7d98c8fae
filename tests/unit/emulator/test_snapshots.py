"""Which calls change something, and which are answered only once the change is on disk."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.emulator import snapshots
from services.emulator.snapshots import Snapshots, action_of, changes, loose


@pytest.mark.parametrize(
    ("headers", "body", "query", "action"),
    [
        ({"x-amz-target": "AmazonSSM.PutParameter"}, b"{}", {}, "PutParameter"),
        ({}, b"", {"Action": ["Publish"]}, "Publish"),
        ({"content-type": "application/x-www-form-urlencoded"}, b"Action=CreateTopic&Name=t", {}, "CreateTopic"),
        ({"content-type": "application/json"}, b"Action=CreateTopic", {}, ""),
    ],
)
def test_the_action_is_found_in_every_protocol(
    headers: dict[str, str], body: bytes, query: dict[str, list[str]], action: str
) -> None:
    """JSON names it in a header, the query protocol in the query or the form, REST nowhere."""
    assert action_of(headers, body, query) == action


@pytest.mark.parametrize(
    ("service", "method", "path", "action", "expected"),
    [
        ("ssm", "POST", "/", "PutParameter", "held"),
        ("ssm", "POST", "/", "GetParameters", "no change"),
        ("sqs", "POST", "/", "SendMessage", "held"),
        ("sqs", "POST", "/", "ReceiveMessage", "soon"),
        ("cognito-idp", "POST", "/", "SignUp", "held"),
        ("cognito-idp", "POST", "/", "AdminGetUser", "no change"),
        ("cognito-idp", "POST", "/", "InitiateAuth", "soon"),
        ("cognito-identity", "POST", "/", "GetId", "soon"),
        ("s3", "PUT", "/bucket", "", "held"),
        ("s3", "PUT", "/bucket/key", "", "soon"),
        ("s3", "GET", "/bucket/key", "", "no change"),
        ("logs", "POST", "/", "PutLogEvents", "soon"),
        ("logs", "POST", "/", "CreateLogGroup", "held"),
        ("kinesis", "POST", "/", "CreateStream", "no change"),
        ("dynamodb", "POST", "/", "PutItem", "no change"),
    ],
)
def test_a_call_is_held_until_its_change_is_written_or_not(
    service: str, method: str, path: str, action: str, expected: str
) -> None:
    """Kinesis and DynamoDB see to themselves."""
    found = "no change"
    if changes(service, method, action):
        found = "soon" if loose(service, path, action) else "held"

    assert found == expected


class Box:
    """A MiniStack of one service, and the snapshots of it."""

    def __init__(self, folder: Path) -> None:
        self.store: dict[str, int] = {}
        self.file = folder / "ssm.json"
        self.app = SimpleNamespace(
            SERVICE_HANDLERS={"ssm": self.handle},
            SERVICE_REGISTRY={"ssm": {"module": "ssm"}},
            _build_persistence_save_dict=lambda: {"ssm": lambda: self.store, "kinesis": lambda: {}},
            save_all=None,
        )
        persistence = SimpleNamespace(_state_format_version=lambda key: 2, _json_default=str)
        self.snapshots = Snapshots(self.app, persistence, folder, 1.0)
        self.snapshots.install()

    async def handle(self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        if body == b"refuse":
            return 400, {}, b""
        self.store[body.decode()] = len(self.store)
        return 200, {}, b""

    async def call(self, action: str, body: bytes) -> Any:
        handler: Callable[..., Any] = self.app.SERVICE_HANDLERS["ssm"]
        return await handler("POST", "/", {"x-amz-target": f"AmazonSSM.{action}"}, body, {})

    def written(self) -> Any:
        return json.loads(self.file.read_bytes())["payload"] if self.file.exists() else None


async def test_an_accepted_change_is_on_disk_when_the_call_returns(tmp_path: Path) -> None:
    """Also when many come at once, who share writes; a refused call writes nothing."""
    box = Box(tmp_path)
    await box.call("PutParameter", b"refuse")
    assert box.written() is None
    await asyncio.gather(*(box.call("PutParameter", b"%d" % i) for i in range(50)))

    assert box.written() == box.store
    assert len(box.store) == 50


async def test_a_read_writes_nothing_and_a_look_only_what_has_changed(tmp_path: Path) -> None:
    """The file is not made again for nothing."""
    box = Box(tmp_path)
    await box.call("GetParameter", b"x")
    assert box.written() is None
    await box.snapshots.look()
    before = box.file.stat().st_ino
    box.snapshots.touch()
    await box.snapshots.look()

    assert box.written() == {"x": 0}
    assert box.file.stat().st_ino == before


async def test_a_disk_that_refuses_fails_the_call_and_is_reported(tmp_path: Path) -> None:
    """Until a write succeeds again."""
    box = Box(tmp_path / "missing")
    with pytest.raises(OSError, match="No such file"):
        await box.call("PutParameter", b"x")
    assert box.snapshots.failed == "ssm.json cannot be written: No such file or directory"
    (tmp_path / "missing").mkdir()
    await box.call("PutParameter", b"y")

    assert box.snapshots.failed is None
    assert box.written() == {"x": 0, "y": 1}


async def test_a_service_whose_file_takes_long_to_make_is_written_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making it holds up every caller. It is not forgotten: the next sweep has it at the latest."""
    monkeypatch.setattr(snapshots, "PAUSE", 10**12)  # any time is long
    box = Box(tmp_path)
    await box.call("GetParameter", b"first")
    await box.snapshots.look()
    await box.call("GetParameter", b"second")
    box.snapshots.touch()
    await box.snapshots.look()
    assert "second" not in box.written()
    box.snapshots._next = 0.0
    await box.snapshots.look()

    assert "second" in box.written()


async def test_a_service_whose_state_cannot_be_written_down_holds_up_no_other(tmp_path: Path) -> None:
    """Those after it were not kept, and health did not say so."""
    box = Box(tmp_path)
    sick: dict[str, Any] = {"when": None}

    def state() -> dict[str, Any]:
        if sick:
            raise KeyError("Topics")
        return {}

    box.app._build_persistence_save_dict = lambda: {"sns": state, "ssm": lambda: box.store}
    await box.call("GetParameter", b"x")
    box.snapshots.touch()
    await box.snapshots.look()

    assert box.written() == {"x": 0}
    assert box.snapshots.failed == "sns.json cannot be written: 'Topics'"

    await box.call("PutParameter", b"y")
    assert box.snapshots.failed, "another one's success mends nothing"
    box.file.unlink()
    box.snapshots.save_all(box.app._build_persistence_save_dict())
    assert box.written() == box.store

    sick.clear()
    await box.snapshots.look()
    assert box.snapshots.failed is None
    assert (tmp_path / "sns.json").exists()
