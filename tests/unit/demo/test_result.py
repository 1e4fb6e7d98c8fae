"""A match's figures, and what is printed of them."""

import io
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from cloud.errors import ConfigError
from demo.measure import Ledger, Outcome, Post, percentile
from demo.report import show
from demo.result import Evidence, Result, sum_up
from demo.settings import from_env
from demo.skill import Status
from demo.stream import Record
from demo.verdict import Verdict

SHARD = "shardId-000000000000"


def result(checkpoint: int = 9, **found: list[str]) -> Result:
    """A match of one gamer: two posts accepted, one refused, one unanswered."""
    outcomes = (Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REJECTED, Outcome.FAILED)
    posts = [
        Post("[bold]ada", Status(), str(number), 0.1 * number, outcome, 0, 0.01, SHARD, number)
        for number, outcome in enumerate(outcomes, start=1)
    ]
    ledger = Ledger(posts, reads=[0.02], seated=["ada"], cpu=0.001)
    ledger.codes.update({"POST updatestatus 200": 2, "POST updatestatus 503": 1, "POST updatestatus 422": 1})
    records = [Record(SHARD, number, "ada", {}) for number in (1, 2)]
    settings = from_env({}, gamers=1, seconds=1.0)
    archived = {record.place: 1 for record in records}
    verdict = Verdict(**found)  # type: ignore[arg-type]
    return sum_up(Evidence("demo1", settings, ledger, records, {SHARD: checkpoint}, archived, verdict))


def printed(of: Result) -> str:
    """What the report prints of it."""
    console = Console(file=io.StringIO(), width=160)
    show(of, console)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_a_match_adds_up() -> None:
    """Posts by outcome, the rate, handled records, 5xx answers and the CPU of a post."""
    figures = result()

    assert (figures.sent, figures.accepted, figures.rejected, figures.failed) == (4, 2, 1, 1)
    assert figures.posts_per_second == 2
    assert (figures.in_stream, figures.handled, figures.archived) == (2, 2, 2)
    assert figures.server_errors == 1
    assert figures.cpu_per_post == pytest.approx(0.25)
    assert figures.right


def test_what_was_not_handled_is_not_right() -> None:
    """A position before the last record: the match is wrong even though nothing else is."""
    assert not result(checkpoint=1).right


def test_a_lost_post_is_said() -> None:
    """Exit code and report both follow from the verdict."""
    lost = result(not_in_stream=["ada 2"])

    assert not lost.right
    assert "accepted, but not in the stream: ada 2" in printed(lost)


def test_the_report_shows_text_as_text() -> None:
    """A nickname that looks like markup is printed as it is."""
    assert "wrong row: [bold]ada has none" in printed(result(wrong_rows=["[bold]ada has none"]))


def test_the_figures_can_be_written_as_json() -> None:
    """Everything that the report says, and whether it is right."""
    written = orjson.loads(orjson.dumps(result().as_json()))

    assert written["right"] is True
    assert written["codes"]["POST updatestatus 503"] == 1


def test_percentiles_are_values_that_occurred() -> None:
    """Nearest rank: of 1..100 the p95 is 96, the p50 is 51; of nothing 0."""
    values = [float(value) for value in range(100, 0, -1)]

    assert percentile(values, 0.95) == 96
    assert percentile(values, 0.5) == 51
    assert percentile([], 0.5) == 0


def test_settings_follow_the_environment(tmp_path: Path) -> None:
    """Addresses by boto3's variables, else by the ports; passwords from the install's file."""
    accounts = tmp_path / "accounts.json"
    accounts.write_text('{"manager": "secret"}')
    settings = from_env(
        {
            "AWS_ENDPOINT_URL_API_GATEWAY": "http://gateway:8000/",
            "FOGBANK_WORKER_PORT": "19001",
            "FOGBANK_HOME": str(tmp_path),
        }
    )

    assert settings.gateway == "http://gateway:8000"
    assert settings.worker == "http://127.0.0.1:19001"
    assert settings.password("manager") == "secret"
    with pytest.raises(ConfigError, match="make up"):
        settings.password("ada")


@pytest.mark.parametrize("wrong", [{"gamers": 0}, {"gamers": 1001}, {"interval": 0}, {"seconds": -1}])
def test_a_match_that_cannot_be_played_is_refused(wrong: dict[str, int]) -> None:
    """Before anybody signs in."""
    with pytest.raises(ConfigError):
        from_env({}, **wrong)
