"""The summary of `make test`."""

from pathlib import Path

import pytest

from stack import proof
from stack.proof import Outcome

PASSED = Outcome("unit", "passed", 1.5, "12 tests")
SKIPPED = Outcome("e2e docker", "skipped", 0, "there is no `docker` command", ("there is no `docker` command",))


@pytest.mark.parametrize(
    ("outcomes", "ci", "status"),
    [
        ([PASSED], "true", 0),
        ([PASSED, Outcome("types", "FAILED", 2)], "", 1),
        ([PASSED, SKIPPED], "", 0),
        ([PASSED, SKIPPED], "true", 1),
    ],
)
def test_a_skip_is_a_failure_where_ci_is_true(
    outcomes: list[Outcome], ci: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Elsewhere it is named, with its reason."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(SystemExit) as end:
        proof._finish(outcomes, 1)
    printed = capsys.readouterr().out

    assert status == end.value.code
    assert all(outcome.phase in printed for outcome in outcomes)
    assert all(skip in printed for outcome in outcomes for skip in outcome.skips)


def test_what_failed_is_named_in_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    """Where only the last lines of a long run are kept, they say what was wrong."""
    with pytest.raises(SystemExit):
        proof._finish([Outcome("unit", "FAILED", 1, failures=("tests.unit::a: assert 1 == 2",))], 1)

    assert "failed: tests.unit::a: assert 1 == 2" in capsys.readouterr().out


def test_a_report_is_read(tmp_path: Path) -> None:
    """Skips with their reasons; failures, and errors of what a test needs, with what they said."""
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="t" name="a"/>'
        '<testcase classname="t" name="b"><skipped message="no Chromium"/></testcase>'
        '<testcase classname="t" name="c"><failure message="assert 1 == 2"/></testcase>'
        '<testcase classname="t" name="d"><error message="failed on setup"/></testcase></testsuite></testsuites>'
    )
    cases = proof._cases(report)

    assert len(cases) == 4
    assert proof._said(cases, "skipped") == ["t::b: no Chromium"]
    assert proof._said(cases, "failure", "error") == ["t::c: assert 1 == 2", "t::d: failed on setup"]


def test_no_report_is_no_tests(tmp_path: Path) -> None:
    """pytest that did not even start has none."""
    assert proof._cases(tmp_path / "absent.xml") == []
