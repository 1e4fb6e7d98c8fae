"""The supervisor's configuration, and where its socket lies."""

import configparser
import os
from pathlib import Path

import pytest

from cloud.errors import ConfigError
from stack import boxes, socket_path
from stack.supervisor import configuration


def read(home: Path) -> configparser.RawConfigParser:
    """The configuration as a parser sees it."""
    parser = configparser.RawConfigParser()
    parser.read_string(configuration(home, home / "run" / "supervisor.sock"))
    return parser


def test_every_box_is_a_program_in_the_boxes_order() -> None:
    """Priorities give the order in which they stop, the last started first."""
    parser = read(Path("/somewhere"))
    priorities = [parser.getint(f"program:{box.name}", "priority") for box in boxes.ALL]

    assert sorted(priorities) == priorities


@pytest.mark.parametrize("box", boxes.ALL)
def test_a_box_is_started_again_for_ever(box: boxes.Box) -> None:
    """With a pause that grows by a second each time while it dies early, and at once when it dies later."""
    program = read(Path("/somewhere"))[f"program:{box.name}"]

    assert program["autorestart"] == "true"
    assert int(program["startretries"]) > 100_000
    assert program["autostart"] == "false"


def test_a_folder_may_hold_spaces_and_percent_signs() -> None:
    """The supervisor expands %, so it is doubled; the command is quoted."""
    parser = read(Path("/a folder/100%"))

    assert parser["program:worker"]["stdout_logfile"] == "/a folder/100%%/logs/worker.log"
    assert parser["program:worker"]["command"].startswith('"')


def test_only_the_caller_can_give_orders() -> None:
    """The socket, and all that the boxes write, are private."""
    parser = read(Path("/somewhere"))

    assert parser["unix_http_server"]["chmod"] == "0700"
    assert parser["supervisord"]["umask"] == "077"


def test_the_socket_lies_beside_the_state(tmp_path: Path) -> None:
    """Where the path is short enough."""
    home = tmp_path / "h"
    (home / "run").mkdir(parents=True)
    expected = home / "run" / "supervisor.sock"

    assert (len(os.fsencode(expected)) <= socket_path.LONGEST) == (expected == socket_path.of(home))


def test_a_deep_folder_gets_a_short_socket(tmp_path: Path) -> None:
    """A socket's path may have about a hundred bytes; deeper folders get a private one elsewhere, always the same."""
    home = tmp_path.joinpath(*["abcdefghijklmnopqrst"] * 6)
    (home / "run").mkdir(parents=True)
    path = socket_path.of(home)
    mode = path.parent.stat().st_mode & 0o777
    socket_path.forget(home)

    assert len(os.fsencode(path)) <= socket_path.LONGEST
    assert mode == 0o700
    assert not path.parent.exists()


def test_a_short_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    """Whoever made it first could read what is said there."""
    home = tmp_path.joinpath(*["zyxwvutsrqponmlkjihg"] * 6)
    (home / "run").mkdir(parents=True)
    folder = socket_path.of(home).parent
    folder.chmod(0o777)
    socket_path.of.cache_clear()
    try:
        with pytest.raises(ConfigError, match="not a private folder"):
            socket_path.of(home)
    finally:
        folder.rmdir()
