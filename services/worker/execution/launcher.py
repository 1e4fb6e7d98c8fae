"""The first thing that runs in an execution environment's process: it ties the process to the worker's life.

Run as a script, by path, with an interpreter that imports nothing else: launcher.py <worker's pid> <program> <args...>.
On Linux the kernel then kills the program when the worker dies, however it dies; that survives the exec.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    worker, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != worker:  # it died before the tie was made
        sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 -- no shell is the point


if __name__ == "__main__":
    main()
