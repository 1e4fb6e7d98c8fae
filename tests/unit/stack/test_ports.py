"""Taken ports, and processes that nobody watches."""

import fcntl
import gc
import os
import socket
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import pytest

from cloud.errors import ConfigError
from cloud.wait import until
from stack import orphans, ports
from stack.settings import Ports
from tests.ports import _claim


def test_a_taken_port_is_a_clear_error() -> None:
    """It names the port, the program and the variable that moves it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]

        with pytest.raises(ConfigError) as error:
            ports.check_free(Ports(gateway=port), ["gateway"])

    assert f"port {port} is taken by" in str(error.value)
    assert f"(process {os.getpid()})" in str(error.value)
    assert "FOGBANK_GATEWAY_PORT" in str(error.value)


def test_a_free_port_is_free() -> None:
    """What nobody listens on any more can be had."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]

    assert ports.free(port)


def test_a_box_left_behind_is_found_by_its_environment_and_ended(tmp_path: Path) -> None:
    """Only boxes of this FOGBANK_HOME, and no number of a process is trusted."""
    command = [sys.executable, "-S", "-c", "import sys; sys.stdin.read()"]
    mine = {"FOGBANK_HOME": str(tmp_path), "FOGBANK_BOX": "worker"}
    others = {"FOGBANK_HOME": str(tmp_path / "other"), "FOGBANK_BOX": "worker"}
    left = subprocess.Popen(command, stdin=subprocess.PIPE, env=mine)
    spared = subprocess.Popen(command, stdin=subprocess.PIPE, env=others)
    try:
        until(lambda: orphans.names(tmp_path) == ["worker"], 30, interval=0.02)

        assert orphans.end(tmp_path) == ["worker"]
        assert left.poll() is not None
        assert spared.poll() is None
    finally:
        spared.kill()
        spared.communicate()
        left.communicate()


def test_a_span_of_ports_that_another_test_process_has_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no file stays open for it, which would fail whatever test runs when it is found."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with (tmp_path / "fogbank-test-ports-3").open("ab") as others, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        fcntl.flock(others, fcntl.LOCK_EX)

        assert not _claim(3)
        gc.collect()

    assert [str(one.message) for one in seen] == []
