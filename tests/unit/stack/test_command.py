"""How the front door ends."""

import pytest

from cloud.errors import FogbankError
from stack import __main__ as front_door
from stack import commands


def test_ctrl_c_ends_it_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where nothing has to be stopped first, as while it waits for another one: it printed a traceback."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "down", interrupted)
    with pytest.raises(SystemExit) as ended:
        front_door.main(["down"])

    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "")


def test_an_error_of_ours_is_said_in_one_paragraph(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed, and 1."""

    def failing() -> None:
        raise FogbankError("the disk is full")

    monkeypatch.setattr(commands, "down", failing)
    with pytest.raises(SystemExit) as ended:
        front_door.main(["down"])

    assert ended.value.code == "fogbank: the disk is full"
