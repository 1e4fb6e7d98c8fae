"""The first thing that runs in an execution environment's process: it ties the process to the worker's life.

Run as a script, by path, with an interpreter that imports nothing else:
launcher.py <worker's pid> <bytes of data> <program> <args...>.
On Linux the kernel then kills the program when the worker dies, however it dies; that survives the exec.
"""

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_FILES = 1024  # open at once, as on Lambda


def main() -> None:
    worker, data, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _limit(resource.RLIMIT_DATA, data)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _FILES)
    if os.getppid() != worker:  # it died before the tie was made
        sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 -- no shell is the point


def _limit(what: int, most: int) -> None:
    allowed = resource.getrlimit(what)[1]
    most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
