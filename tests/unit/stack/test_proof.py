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
        proof._finish(outcomes)
    printed = capsys.readouterr().out

    assert status == end.value.code
    assert all(outcome.phase in printed for outcome in outcomes)
    assert all(skip in printed for outcome in outcomes for skip in outcome.skips)


def test_skipped_tests_are_read_from_the_report(tmp_path: Path) -> None:
    """With their reasons."""
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite><testcase name="a"/>'
        '<testcase name="b"><skipped message="no Chromium"/></testcase></testsuite></testsuites>'
    )

    assert proof._read(report) == (2, ["b: no Chromium"])


def test_no_report_is_no_tests(tmp_path: Path) -> None:
    """pytest that did not even start has none."""
    assert proof._read(tmp_path / "absent.xml") == (0, [])
