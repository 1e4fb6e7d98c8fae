"""What is written down of a match while it runs, and the figures made of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from demo.skill import Status


class Outcome(StrEnum):
    """What a gamer knows of a post."""

    ACCEPTED = "accepted"
    """200: the stream has it."""
    REJECTED = "rejected"
    """4xx: the stream must not have it."""
    FAILED = "failed"
    """5xx, or no answer: the stream may or may not have it."""


@dataclass(slots=True)
class Post:
    """One post of one gamer. due: when it was to be sent, in seconds on the match's clock."""

    nickname: str
    status: Status
    timestamp: str
    due: float
    outcome: Outcome = Outcome.FAILED
    code: int = 0
    """HTTP status; 0 when there was no answer."""
    latency: float = 0.0
    """Seconds from due to the answer, so that a late start counts too."""
    shard: str = ""
    sequence: int = 0
    """The record's SequenceNumber, when accepted."""


@dataclass(slots=True)
class Snapshot:
    """All gamers' rows as the manager route gave them. at: when the answer was there, on the match's clock."""

    at: float
    shown: dict[str, str]
    """Nickname -> Timestamp of the post that the row holds."""


@dataclass
class Ledger:
    """Everything that gamers and monitor wrote down."""

    posts: list[Post] = field(default_factory=list)
    skipped: int = 0
    """Posts not sent because two of that gamer's were still without an answer."""
    reads: list[float] = field(default_factory=list)
    """Seconds that each read of the scoreboard took."""
    codes: Counter[str] = field(default_factory=Counter)
    """How often each answer came, to any call: "POST updatestatus 200", "GET scoreboard no answer"."""
    snapshots: list[Snapshot] = field(default_factory=list)
    board: list[dict[str, object]] = field(default_factory=list)
    """The top ten as last read by a gamer."""
    seated: list[str] = field(default_factory=list)
    """Who got a seat."""
    nicknames: set[str] = field(default_factory=set)
    """All simulated gamers; whoever else is on the board is a guest."""
    cpu: float = 0.0
    """Seconds of CPU that this program used while the gamers played."""
    elapsed: float = 0.0
    """Seconds from the start until the last gamer was through."""

    def of(self, outcome: Outcome) -> list[Post]:
        """The posts with this outcome, as they were written down."""
        return [post for post in self.posts if post.outcome is outcome]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank); 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
