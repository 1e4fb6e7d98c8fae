"""Whether a match came out right: pure.

The stream is the truth. Every post that was accepted must be in it, under its own sequence number; no post that was
refused may be; one without an answer may. The board must hold, for every gamer with a seat, the gamer's newest record.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demo.measure import Outcome, Post
from demo.stream import Place, Record

FIGURES = ("Score", "Lives", "Shots", "Level", "Timestamp")
SHOWN = ("Nickname", "Score", "Lives", "Shots", "Level")
TOP = 10
Row = Mapping[str, Any]


@dataclass
class Verdict:
    """What was found. Lists hold one line for each thing that is wrong."""

    not_in_stream: list[str] = field(default_factory=list)
    """Accepted posts that the stream does not have."""
    not_on_board: list[str] = field(default_factory=list)
    """Accepted posts that the board has not come to: the gamer's row is older, or missing."""
    wrong_rows: list[str] = field(default_factory=list)
    """Gamers whose row is not their newest record."""
    written_although_refused: list[str] = field(default_factory=list)
    """Records of posts that were answered with 4xx, and records that nobody sent."""
    wrong_top: list[str] = field(default_factory=list)
    """Places of the scoreboard that are not as the rows say."""
    not_archived: list[str] = field(default_factory=list)
    """Records that the archive does not have."""
    wrong_lines: list[str] = field(default_factory=list)
    """Lines of the archive that stand there twice, or of which the stream has no record."""
    written_without_answer: int = 0
    """Posts without an answer, or with 5xx, that the stream has."""
    duplicates: int = 0
    """Records that repeat a post: a producer that got no answer sends again; the board is not changed by it."""

    @property
    def lost(self) -> int:
        """How many accepted posts are not in the stream or not on the board."""
        return len(set(self.not_in_stream) | set(self.not_on_board))

    @property
    def board_correct(self) -> bool:
        """Whether every row and every place of the scoreboard is what the stream says."""
        return not (self.not_on_board or self.wrong_rows or self.wrong_top)

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return (
            self.board_correct and self.archive_correct and not self.not_in_stream and not self.written_although_refused
        )

    @property
    def archive_correct(self) -> bool:
        """Whether every record of the stream is one line of the archive."""
        return not (self.not_archived or self.wrong_lines)

    @property
    def complaints(self) -> list[str]:
        """Everything that is wrong, in words."""
        return [
            *(f"accepted, but not in the stream: {line}" for line in self.not_in_stream),
            *(f"accepted, but not on the board: {line}" for line in self.not_on_board),
            *(f"wrong row: {line}" for line in self.wrong_rows),
            *(f"in the stream, but not accepted: {line}" for line in self.written_although_refused),
            *(f"wrong place: {line}" for line in self.wrong_top),
            *(f"not in the archive: {line}" for line in self.not_archived),
            *(f"wrong line of the archive: {line}" for line in self.wrong_lines),
        ]


def judge(
    posts: Sequence[Post],
    records: Sequence[Record],
    seated: Iterable[str],
    rows: Sequence[Row],
    top: Sequence[Row],
    *,
    guests: Collection[str] = (),
) -> Verdict:
    """The verdict on a match.

    posts: all that gamers sent; records: all of the session in the stream; seated: who got a seat; rows: all gamers'
    rows as managers see them; top: the scoreboard as gamers see it; guests: who plays too, but is none of the simulated
    gamers: nobody here knows what they sent, so only their places are judged.
    """
    verdict = Verdict()
    own = [record for record in records if record.nickname not in guests]
    _judge_stream(verdict, posts, own)
    own_rows = {row["Nickname"]: row for row in rows if row["Nickname"] not in guests}
    _judge_rows(verdict, posts, own, set(seated), own_rows)
    _judge_top(verdict, rows, top)
    return verdict


def judge_archive(verdict: Verdict, records: Sequence[Record], archived: Mapping[Place, int]) -> None:
    """Add to a verdict what is wrong with the archive. archived: how often each record stands there."""
    there = {record.place: record for record in records}
    verdict.not_archived += [
        f"{record.nickname} {record.sequence}" for place, record in there.items() if place not in archived
    ]
    for place, times in archived.items():
        if place not in there:
            verdict.wrong_lines.append(f"{place[0]} {place[1]} is not in the stream")
        elif times != 1:
            verdict.wrong_lines.append(f"{place[0]} {place[1]} stands there {times} times")


def rank(row: Row) -> tuple[int, int, int, str]:
    """The board's order: score and lives descending, shots and nickname ascending."""
    return -row["Score"], -row["Lives"], row["Shots"], row["Nickname"]


def _judge_stream(verdict: Verdict, posts: Sequence[Post], records: Sequence[Record]) -> None:
    there = {record.place: record for record in records}
    for post in posts:
        if post.outcome is Outcome.ACCEPTED and not _same(post, there.get((post.shard, post.sequence))):
            verdict.not_in_stream.append(_words(post))
    outcomes = {(post.nickname, post.timestamp): post.outcome for post in posts}
    written = Counter((record.nickname, str(record.body.get("Timestamp"))) for record in records)
    verdict.duplicates = sum(written.values()) - len(written)
    for nickname, timestamp in written:
        match outcomes.get((nickname, timestamp)):
            case Outcome.FAILED:
                verdict.written_without_answer += 1
            case Outcome.REJECTED | None:
                verdict.written_although_refused.append(f"{nickname} {timestamp}")


def _judge_rows(
    verdict: Verdict,
    posts: Sequence[Post],
    records: Sequence[Record],
    seated: set[str],
    rows: Mapping[str, Row],
) -> None:
    newest = _newest(records)
    written = {(record.nickname, record.body.get("Timestamp")): record.sequence for record in records}
    for nickname in sorted(seated | set(rows)):
        if nickname not in rows:
            verdict.wrong_rows.append(f"{nickname} has none")
        elif nickname not in seated:
            verdict.wrong_rows.append(f"{nickname} has no seat")
        elif nickname in newest and (differences := _differences(newest[nickname].body, rows[nickname])):
            verdict.wrong_rows.append(f"{nickname}: {differences}")
    reached = {nickname: written.get((nickname, row.get("Timestamp")), -1) for nickname, row in rows.items()}
    for post in posts:
        if post.outcome is Outcome.ACCEPTED and post.sequence > reached.get(post.nickname, -1):
            verdict.not_on_board.append(_words(post))


def _judge_top(verdict: Verdict, rows: Sequence[Row], top: Sequence[Row]) -> None:
    right = sorted(rows, key=rank)[:TOP]
    if len(top) != len(right):
        verdict.wrong_top.append(f"{len(top)} places, should be {len(right)}")
    for place, (is_there, should_be) in enumerate(zip(top, right, strict=False), start=1):
        if any(is_there.get(name) != should_be[name] for name in SHOWN):
            verdict.wrong_top.append(f"{place}: {dict(is_there)}, should be {dict(should_be)}")


def _newest(records: Iterable[Record]) -> dict[str, Record]:
    """Each gamer's record with the highest sequence number; a gamer's records share one shard."""
    games: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        games[record.nickname].append(record)
    return {nickname: max(game, key=lambda record: record.sequence) for nickname, game in games.items()}


def _same(post: Post, record: Record | None) -> bool:
    if record is None:
        return False
    return (record.nickname, record.body.get("Timestamp")) == (post.nickname, post.timestamp)


def _differences(newest: Mapping[str, Any], row: Row) -> str:
    return ", ".join(
        f"{name} {row.get(name)!r}, should be {newest.get(name)!r}"
        for name in FIGURES
        if row.get(name) != newest.get(name)
    )


def _words(post: Post) -> str:
    return f"{post.nickname} {post.timestamp} {post.sequence}"
