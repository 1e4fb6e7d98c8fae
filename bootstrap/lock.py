"""One apply or destroy at a time on this machine: two at once would each create a user pool of the same name."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from cloud.wait import until

_PATIENCE = 120.0  # seconds; an apply takes a few


@contextmanager
def only_one(home: Path, stop: Event) -> Iterator[None]:
    """Hold home/bootstrap.lock; wait for whoever holds it. Raises Unavailable on stop. It goes with the process."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "bootstrap.lock").open("w") as file:
        until(lambda: _locked(file.fileno()), _PATIENCE, what="another bootstrap to finish", stop=stop)
        yield


def _locked(descriptor: int) -> bool:
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while another process has it
    return True
