"""The supervisor's configuration, and where its socket lies."""

import configparser
import os
import shlex
import sys
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from cloud.errors import ConfigError
from stack import boxes, socket_path, supervisor
from stack.supervisor import configuration, paths


def read() -> configparser.RawConfigParser:
    """The configuration as a parser sees it."""
    parser = configparser.RawConfigParser()
    parser.read_string(configuration())
    return parser


def test_every_box_is_a_program_in_the_boxes_order() -> None:
    """Priorities give the order in which they stop, the last started first."""
    parser = read()
    priorities = [parser.getint(f"program:{box.name}", "priority") for box in boxes.ALL]

    assert sorted(priorities) == priorities


@pytest.mark.parametrize("box", boxes.ALL)
def test_a_box_is_started_again_for_ever(box: boxes.Box) -> None:
    """With a pause that grows by a second each time while it dies early, and at once when it dies later."""
    program = read()[f"program:{box.name}"]

    assert program["autorestart"] == "true"
    assert int(program["startretries"]) > 100_000
    assert program["autostart"] == "false"


def test_a_folder_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor takes " #" and " ;" for comments and expands %: a clone below "my #1 project" did not start."""
    root = tmp_path / 'my #1 project; 100% "mine", it\'s %(here)s'
    (root / "logs").mkdir(parents=True)
    (root / "run").mkdir()
    (root / "supervisord.conf").write_text(configuration())
    monkeypatch.setattr(supervisor, "ROOT", root)
    monkeypatch.setattr(sys, "executable", str(root / "bin" / "python"))
    for name, value in paths(root / "run" / "socket").items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(root)
    options = ServerOptions()
    options.realize(["-c", "supervisord.conf"])
    programs = [one for group in options.process_group_configs for one in group.process_configs]

    assert len(programs) == len(boxes.ALL)
    for program in programs:
        assert shlex.split(program.command)[:2] == [str(root / "bin" / "python"), "-m"]
        assert program.directory == str(root)
        assert Path(program.stdout_logfile).resolve() == root / "logs" / f"{program.name}.log"
    assert options.server_configs[0]["file"] == str(root / "run" / "socket")
    assert options.pidfile == str(root / "run" / "supervisord.pid")


def test_only_the_caller_can_give_orders() -> None:
    """The socket, and all that the boxes write, are private."""
    parser = read()

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
