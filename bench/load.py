"""Starts load generators: each a process of its own that takes a JSON document and gives one back."""

import os
import subprocess
import sys
from typing import Any

import orjson

from cloud.errors import FogbankError
from stack.settings import ROOT

PATIENCE = 60  # seconds beyond those that the load itself takes


class GeneratorFailed(FogbankError):
    """A load generator ended with an error; the text is what it said."""


def start(module: str, wish: Any) -> "subprocess.Popen[bytes]":
    """Start `python -m module` with a JSON document as its input."""
    child = subprocess.Popen(
        [sys.executable, "-m", module], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdin
    child.stdin.write(orjson.dumps(wish))
    child.stdin.close()
    child.stdin = None  # or communicate() would want to flush it
    return child


def answer(document: Any) -> None:
    """What a generator ends with: the document as its output, whole whatever buffers standard output has or lacks."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:
        output.write(orjson.dumps(document))


def finish(child: "subprocess.Popen[bytes]", seconds: float) -> Any:
    """What a generator printed, as JSON. seconds: how long its work takes. Raises GeneratorFailed."""
    try:
        printed, said = child.communicate(timeout=seconds + PATIENCE)
    except subprocess.TimeoutExpired as error:
        child.kill()
        child.communicate()
        raise GeneratorFailed(f"{child.args!r} did not end") from error
    if child.returncode:
        raise GeneratorFailed(said.decode(errors="replace")[-2000:])
    return orjson.loads(printed)
