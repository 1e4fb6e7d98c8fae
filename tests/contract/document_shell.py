"""Runs the commands of a document as its reader would: in one shell, in their order, comparing what they print."""

import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloud.wait import until

from . import aws_cli

ROOT = Path(__file__).resolve().parents[2]
REAL = "FOGBANK_TEST_AWS_CLI"  # set to 1: the AWS CLI that is on the PATH, not the small one of the tests
LOOKS = re.compile(r"\s(get|list|describe|scan|query|filter|receive)\b|^(cat|gzip)\s")
"""Commands that change nothing: what they wait for comes about in its own time, so they are repeated."""
PATIENCE = 150.0  # seconds; a minute's window, and a busy machine

CLIENT = """#!{python} -SE
import json, socket, sys
with socket.socket(socket.AF_UNIX) as link:
    link.connect({path!r})
    link.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
    code, text = json.loads(link.makefile().read())
(sys.stderr if code else sys.stdout).write(text)
sys.exit(code)
"""

# Version 1 asks AWS for SQS whatever boto3's variables say; the README tells its readers to do the same.
WRAPPER = """#!/bin/sh
[ "$1" = sqs ] && set -- "$@" --endpoint-url "${{AWS_ENDPOINT_URL_SQS:-$AWS_ENDPOINT_URL}}"
exec {real} "$@"
"""


@dataclass(frozen=True)
class Step:
    """One command of a document, and what it prints; "…" stands for anything."""

    line: int
    command: str
    prints: str

    def agrees(self, printed: str) -> bool:
        pattern = re.escape(self.prints.strip()).replace("…", r"[^\n]*?")
        return re.fullmatch(pattern, printed.strip()) is not None


def steps(text: str) -> Iterator[Step]:
    """The commands in a document's ```console blocks."""
    for block in re.finditer(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        line = text[: block.start(1)].count("\n") + 1
        for part in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.group(1), re.MULTILINE):
            yield Step(line + block.group(1)[: part.start()].count("\n"), part.group(1), part.group(2))


class Shell:
    """A bash that stays; environ as given."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["bash", "--norc"], cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, command: str) -> tuple[int, str]:
        """Run a command; returns its exit code, and what it printed."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{command}\nprintf '\\n<done %s>\\n' $?\n")
        self.process.stdin.flush()
        printed = ""
        while not (end := re.search(r"\n<done (\d+)>\n$", printed)):
            line = self.process.stdout.readline()
            assert line, f"the shell has ended: {printed}"
            printed += line
        return int(end.group(1)), printed[: end.start()]

    def follow(self, step: Step) -> None:
        """Run a step until it prints what the document says; once, when it changes something."""
        seen: list[tuple[int, str]] = []

        def done() -> bool:
            seen.append(self.run(step.command))
            return seen[-1][0] == 0 and step.agrees(seen[-1][1])

        if LOOKS.search(step.command):
            try:
                until(done, PATIENCE, what=f"line {step.line}", interval=0.3)
            except Exception as error:
                raise AssertionError(f"line {step.line}: {step.command}\nprints {seen[-1]}") from error
        else:
            assert done(), f"line {step.line}: {step.command}\nprints {seen[-1]}"

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@contextmanager
def lab_shell(folder: Path, environ: dict[str, str]) -> Iterator[Shell]:
    """A shell in a folder where Wild Rydes is, at its first module, with an `aws` and our Python on its PATH."""
    work = folder / "clone"
    work.mkdir()
    (work / "labs").symlink_to(ROOT / "labs")
    with aws(folder) as tools:
        path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        shell = Shell(work, {**environ, "PATH": path, "WORK": str(work)})
        try:
            assert shell.run("python -m labs.wild_rydes.modules 1")[0] == 0
            yield shell
        finally:
            shell.close()


@contextmanager
def aws(folder: Path) -> Iterator[Path]:
    """A folder for the PATH with an `aws` in it, answered by this process and its environment."""
    if os.environ.get(REAL) == "1" and (real := shutil.which("aws")):
        wrapper = folder / "bin" / "aws"
        wrapper.parent.mkdir()
        wrapper.write_text(WRAPPER.format(real=real))
        wrapper.chmod(0o755)
        yield wrapper.parent
        return
    path = folder / "aws.socket"
    client = folder / "bin" / "aws"
    client.parent.mkdir()
    client.write_text(CLIENT.format(python=sys.executable, path=str(path)))
    client.chmod(0o755)
    with socketserver.ThreadingUnixStreamServer(str(path), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield client.parent
        finally:
            server.shutdown()
            thread.join()


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        answer = aws_cli.main(json.loads(self.rfile.readline()))
        self.wfile.write(json.dumps(answer).encode())
