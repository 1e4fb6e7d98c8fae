"""A clock that is set wrong while its box runs."""

import os
import subprocess
import sys
import time
from pathlib import Path

from chaos.clock.sitecustomize import WRONG_BY
from stack.settings import ROOT

PROGRAM = """
import sys, time
from time import time as bound
for line in sys.stdin:
    print(time.time(), bound(), time.time_ns() / 1e9, time.monotonic(), flush=True)
"""


def test_a_box_s_clock_goes_wrong_and_right_again(tmp_path: Path) -> None:
    """As soon as its file says so, also where `time` was bound before; what waits by monotonic time waits as long."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "chaos" / "clock"), "FOGBANK_CLOCKS": str(tmp_path / "clocks")}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**environ, "FOGBANK_BOX": "worker"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as box:

        def wrong_by() -> list[int]:
            assert box.stdin
            assert box.stdout
            box.stdin.write("\n")
            box.stdin.flush()
            *clocks, monotonic = map(float, box.stdout.readline().split())
            assert abs(monotonic - time.monotonic()) < 60
            return [round((clock - time.time()) / 1000) for clock in clocks]

        file = tmp_path / "clocks" / "worker"
        assert wrong_by() == [0, 0, 0]
        for hours in (1, -2, 0):
            file.write_bytes(WRONG_BY.pack(hours * 1_000_000.0))
            assert wrong_by() == [hours * 1000] * 3
        assert box.stdin
        box.stdin.close()
