"""The boxes' log files, shown: every line prefixed with its box, in the box's colour."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.text import Text

COLOURS = ("cyan", "yellow", "magenta", "green", "blue")
INTERVAL = 0.2  # seconds between two looks at the files


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a file; none when there is no file."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 400 * lines - 1000))
            return file.read().decode("utf-8", "replace").splitlines()[-lines:] if lines else []
    except FileNotFoundError:
        return []


def follow(files: Mapping[str, Path], lines: int, while_true: Callable[[], bool] | None) -> None:
    """Print each file's last lines, then what is added to any while while_true says so; None: no more."""
    console = Console(highlight=False, soft_wrap=True)
    show = {name: _printer(console, name, COLOURS[i % len(COLOURS)]) for i, name in enumerate(files)}
    with ExitStack() as open_files:
        growing = {name: open_files.enter_context(closing(Growing(path))) for name, path in files.items()}
        for name, path in files.items():
            for line in tail(path, lines):
                show[name](line)
        pause = threading.Event()
        while while_true and while_true():
            for name, file in growing.items():
                for line in file.lines():
                    show[name](line)
            pause.wait(INTERVAL)


class Growing:
    """A log file from its present end on, across its rotation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None
        self._open(at_end=True)

    def lines(self) -> Iterator[str]:
        """The whole lines that were added since the last call."""
        yield from self._read()
        if self._rotated():
            self._open(at_end=False)
            yield from self._read()

    def close(self) -> None:
        """Look no more."""
        if self._file:
            self._file.close()
            self._file = None

    def _read(self) -> Iterator[str]:
        while self._file:
            start = self._file.tell()
            line = self._file.readline()
            if not line.endswith("\n"):
                self._file.seek(start)  # half a line: the rest is still being written
                return
            yield line.rstrip("\n")

    def _rotated(self) -> bool:
        try:
            now = self.path.stat()
        except FileNotFoundError:
            return False
        if self._file is None:
            return True
        return now.st_size < self._file.tell() or now.st_ino != self._inode

    def _open(self, at_end: bool) -> None:
        self.close()
        try:
            self._file = self.path.open(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        self._inode = self.path.stat().st_ino
        if at_end:
            self._file.seek(0, 2)


def _printer(console: Console, name: str, colour: str) -> Callable[[str], None]:
    def show(line: str) -> None:
        console.print(Text.assemble((f"{name:<9} | ", colour), Text.from_ansi(line)))

    return show
