"""`make check` and `make test`: everything that proves the project, phase by phase, with the time that each took.

The stacks that `make test` starts have ports, state and containers of their own: a stack started by `make up` goes on.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO
from xml.etree import ElementTree

from stack import engine, localstack
from stack.settings import ROOT

PYTHON = (sys.executable, "-m")
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
"""Files beside each other, a file's tests in their order."""
UNIT = ("--numprocesses", "2", *BY_FILE)
CONTRACT = ("--numprocesses", "4", *BY_FILE)
"""Contract tests mostly wait, for processes and deadlines."""


@dataclass(frozen=True)
class Outcome:
    """How a phase ended. verdict: "passed", "FAILED" or "skipped".

    skips: tests that were not run, with the reason; failures: those that failed, with what they said.
    """

    phase: str
    verdict: str
    seconds: float
    detail: str = ""
    skips: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def check() -> None:
    """Format, lint, types, unit tests: under a minute."""
    begin = time.monotonic()
    _finish([lint(), types(), suite("unit", "tests/unit", options=UNIT)], time.monotonic() - begin)


def test() -> None:
    """All of it. What this machine lacks is skipped, with the reason; with CI=true a skip is a failure."""
    begin = time.monotonic()
    outcomes = [lint(), types(), suite("unit", "tests/unit", "tests/house", options=UNIT)]
    with localstack.alone() as where:
        outcomes.append(suite("contract", "tests/contract", options=CONTRACT, environ=where))
    _finish([*outcomes, *end_to_end()], time.monotonic() - begin)


def lint() -> Outcome:
    """Format and lint."""
    return _commands("lint", (*PYTHON, "ruff", "format", "--check", "."), (*PYTHON, "ruff", "check", "."))


def types() -> Outcome:
    """mypy, strict, over everything."""
    return _commands("types", (*PYTHON, "mypy"))


def suite(
    phase: str,
    *folders: str,
    options: tuple[str, ...] = (),
    environ: Mapping[str, str] | None = None,
    said: IO[bytes] | None = None,
) -> Outcome:
    """pytest over some folders. said: where its output goes instead of to the terminal."""
    if not said:
        _head(phase)
    begin = time.monotonic()
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = (*PYTHON, "pytest", *folders, "-q", f"--junitxml={report}", *options)
        variables = {**os.environ, **(environ or {})}
        status = subprocess.run(command, cwd=ROOT, env=variables, stdout=said, stderr=said, check=False).returncode
        cases = _cases(report)
    return Outcome(
        phase,
        "FAILED" if status else "passed",
        time.monotonic() - begin,
        f"{len(cases)} tests",
        tuple(_said(cases, "skipped")),
        tuple(_said(cases, "failure", "error")),
    )


def end_to_end() -> list[Outcome]:
    """The running stack, driven from outside, on both targets at once: each leaves half of two processors idle."""
    reason = engine.why_not()
    if reason:
        return [_driven("local"), Outcome("e2e docker", "skipped", 0, reason, (reason,))]
    with TemporaryDirectory() as turns, TemporaryFile() as said, ThreadPoolExecutor(1) as beside:
        environ = {"FOGBANK_TEST_TURNS": turns}
        docker = beside.submit(_driven, "docker", environ, said)
        outcomes = [_driven("local", environ), docker.result()]
        _repeat("e2e docker", said)
    return outcomes


def _driven(target: str, environ: Mapping[str, str] | None = None, said: IO[bytes] | None = None) -> Outcome:
    return suite(f"e2e {target}", "tests/e2e", options=("--target", target), environ=environ, said=said)


def _repeat(phase: str, said: IO[bytes]) -> None:
    """What was kept from the terminal, so that two suites do not talk at once."""
    _head(phase)
    said.seek(0)
    sys.stdout.write(said.read().decode(errors="replace"))


def _commands(phase: str, *commands: tuple[str, ...]) -> Outcome:
    _head(phase)
    begin = time.monotonic()
    statuses = [subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands]
    return Outcome(phase, "FAILED" if any(statuses) else "passed", time.monotonic() - begin)


def _cases(report: Path) -> list[ElementTree.Element]:
    """The tests that a JUnit report names."""
    if not report.exists():
        return []
    return list(ElementTree.parse(report).getroot().iter("testcase"))  # noqa: S314 pytest has just written it


def _said(cases: list[ElementTree.Element], *ends: str) -> list[str]:
    """What the tests that ended so have to say, each with its name."""
    found = [(case, said) for case in cases for end in ends for said in case.findall(end)]
    return [f"{case.get('classname')}::{case.get('name')}: {said.get('message', '')}" for case, said in found]


def _head(phase: str) -> None:
    print(f"\n== {phase}", flush=True)


def _finish(outcomes: list[Outcome], seconds: float) -> None:
    strict = os.environ.get("CI", "").lower() == "true"
    _head("summary")
    for outcome in outcomes:
        print(f"{outcome.phase:<12}{outcome.verdict:<9}{outcome.seconds:6.1f} s  {outcome.detail}")
        for skip in outcome.skips:
            print(f"{'':<12}skipped: {skip}")
        for failure in outcome.failures:
            print(f"{'':<12}failed: {failure}")
    print(f"{'all':<21}{seconds:6.1f} s")
    failed = any(outcome.verdict == "FAILED" for outcome in outcomes)
    skipped = strict and any(outcome.skips for outcome in outcomes)
    if skipped:
        print("a skip is a failure here, because CI=true")
    sys.exit(1 if failed or skipped else 0)
