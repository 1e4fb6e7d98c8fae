"""What a match comes to, in figures that can be written as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from demo import delay
from demo.measure import Ledger, Outcome, percentile
from demo.settings import Settings
from demo.stream import Place, Record, handled
from demo.verdict import Verdict

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass
class Result:
    """A match in figures. Durations are in milliseconds unless their name says seconds."""

    session_id: str
    gamers: int
    seated: int
    seconds: float
    sent: int
    accepted: int
    rejected: int
    failed: int
    skipped: int
    """Posts that were due but not sent: two of that gamer's were still without an answer."""
    posts_per_second: float
    """Accepted posts over the time of play, last posts not counted."""
    latency: dict[str, float]
    """Of accepted posts, from when each was due to its answer."""
    reads: int
    read_latency: dict[str, float]
    """Of the gamers' looks at the scoreboard, from when each was due."""
    in_stream: int
    handled: int
    """Records in the stream at or before the scoreboard function's positions."""
    archived: int
    """Lines of the match in the archive."""
    delay: dict[str, float]
    """From when a post was due until the board shows it; demo/delay.py says how."""
    delay_looks: int
    cpu_seconds: float
    """CPU that this program used while the gamers played."""
    cpu_share: float
    """The same as a share of one core."""
    cpu_per_post: float
    """The same for each post, the gamers' and the monitor's looks at the board included."""
    verdict: Verdict
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Accepted posts that are not in the stream or not on the board."""
        return self.verdict.lost

    @property
    def server_errors(self) -> int:
        """Answers with 5xx, to any call of a gamer."""
        return sum(number for what, number in self.codes.items() if what.rpartition(" ")[2].startswith("5"))

    @property
    def right(self) -> bool:
        """Whether everything accepted was handled, nothing is lost and the board is right."""
        return (
            self.verdict.right and self.handled == self.in_stream and self.seated == self.gamers and self.accepted > 0
        )

    def as_json(self) -> dict[str, Any]:
        """All figures, and what they come to."""
        return {
            **asdict(self),
            "lost": self.lost,
            "board_correct": self.verdict.board_correct,
            "server_errors": self.server_errors,
            "right": self.right,
        }


@dataclass
class Evidence:
    """All that a match leaves behind."""

    session_id: str
    settings: Settings
    ledger: Ledger
    records: list[Record]
    checkpoints: dict[str, int]
    archived: Mapping[Place, int]
    """How often each record stands in the archive."""
    verdict: Verdict


def sum_up(evidence: Evidence) -> Result:
    """The figures of a match."""
    ledger = evidence.ledger
    settings = evidence.settings
    accepted = ledger.of(Outcome.ACCEPTED)
    return Result(
        session_id=evidence.session_id,
        gamers=settings.gamers,
        seated=len(ledger.seated),
        seconds=settings.seconds,
        sent=len(ledger.posts),
        accepted=len(accepted),
        rejected=len(ledger.of(Outcome.REJECTED)),
        failed=len(ledger.of(Outcome.FAILED)),
        skipped=ledger.skipped,
        posts_per_second=sum(post.due < settings.seconds for post in accepted) / settings.seconds,
        latency=_milliseconds([post.latency for post in accepted]),
        reads=len(ledger.reads),
        read_latency=_milliseconds(ledger.reads),
        in_stream=len(evidence.records),
        handled=handled(evidence.records, evidence.checkpoints),
        archived=sum(evidence.archived.values()),
        delay={
            name: 1000 * value
            for name, value in zip(("p50", "p95"), delay.percentiles(ledger, (0.5, 0.95)), strict=True)
        },
        delay_looks=len(ledger.snapshots),
        cpu_seconds=ledger.cpu,
        cpu_share=ledger.cpu / max(ledger.elapsed, 0.001),
        cpu_per_post=1000 * ledger.cpu / max(1, len(ledger.posts)),
        verdict=evidence.verdict,
        codes=dict(ledger.codes),
    )


def _milliseconds(values: list[float]) -> dict[str, float]:
    return {name: round(1000 * percentile(values, share), 1) for name, share in SHARES.items()}
