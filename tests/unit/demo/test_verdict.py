"""The verdict: what counts as lost, what as wrong, and what does not."""

from dataclasses import replace
from typing import Any

from demo.measure import Outcome, Post
from demo.skill import Status
from demo.stream import Record
from demo.verdict import Verdict, judge, judge_archive, rank

SHARD = "shardId-000000000000"


def post(nickname: str, number: int, outcome: Outcome = Outcome.ACCEPTED) -> Post:
    """The gamer's post with this number, which is its score, its moment and its sequence number."""
    sequence = number if outcome is Outcome.ACCEPTED else 0
    timestamp = f"2026-11-20T12:00:00.{number:03}Z"
    return Post(nickname, Status(5 * number, 3, number, 1), timestamp, 0.0, outcome, 200, 0.01, SHARD, sequence)


def record(nickname: str, number: int, sequence: int | None = None) -> Record:
    """The record that the post with this number becomes."""
    return Record(SHARD, number if sequence is None else sequence, nickname, body(post(nickname, number)))


def body(of: Post) -> dict[str, Any]:
    """What a post says."""
    figures = {"Score": of.status.score, "Lives": of.status.lives, "Shots": of.status.shots, "Level": of.status.level}
    return {"Timestamp": of.timestamp, **figures}


def row(nickname: str, number: int) -> dict[str, Any]:
    """The gamer's row when the post with this number was the last one handled."""
    return {"Nickname": nickname, **body(post(nickname, number))}


def verdict_on(posts: list[Post], records: list[Record], rows: list[dict[str, Any]]) -> Verdict:
    """The verdict when the scoreboard is as the rows say and all who posted have seats."""
    ranked = sorted(rows, key=lambda row: (-row["Score"], -row["Lives"], row["Shots"], row["Nickname"]))
    return judge(posts, records, {post.nickname for post in posts}, rows, ranked[:10])


def test_a_match_where_all_is_well_is_right() -> None:
    """Every accepted post in the stream, every row the newest: right, nothing lost."""
    verdict = verdict_on([post("ada", 1), post("ada", 2)], [record("ada", 1), record("ada", 2)], [row("ada", 2)])

    assert verdict.right
    assert verdict.lost == 0
    assert not verdict.complaints


def test_an_accepted_post_that_is_not_in_the_stream_is_lost() -> None:
    """The stream lacks it: lost, even though the board shows the gamer's last post."""
    verdict = verdict_on([post("ada", 1), post("ada", 2)], [record("ada", 2)], [row("ada", 2)])

    assert verdict.lost == 1
    assert not verdict.right


def test_an_accepted_post_under_another_sequence_number_is_lost() -> None:
    """What the caller was told must be where the record is."""
    verdict = verdict_on([post("ada", 1)], [record("ada", 1, sequence=9)], [row("ada", 1)])

    assert verdict.lost == 1


def test_an_accepted_post_that_the_board_has_not_come_to_is_lost() -> None:
    """In the stream, but the row is older: lost, and the board is wrong."""
    verdict = verdict_on([post("ada", 1), post("ada", 2)], [record("ada", 1), record("ada", 2)], [row("ada", 1)])

    assert verdict.lost == 1
    assert not verdict.board_correct


def test_a_post_lost_twice_counts_once() -> None:
    """Neither in the stream nor on the board is one post lost, not two."""
    verdict = verdict_on([post("ada", 1), post("ada", 2)], [record("ada", 1)], [row("ada", 1)])

    assert verdict.lost == 1


def test_a_post_without_an_answer_may_be_missing() -> None:
    """The gateway was killed before the stream had it: nothing is lost."""
    verdict = verdict_on([post("ada", 1), post("ada", 2, Outcome.FAILED)], [record("ada", 1)], [row("ada", 1)])

    assert verdict.right


def test_a_post_without_an_answer_may_be_the_newest() -> None:
    """The gateway was killed after the stream had it: the row must then show it."""
    posts = [post("ada", 1), post("ada", 2, Outcome.FAILED)]
    records = [record("ada", 1), record("ada", 2)]

    assert verdict_on(posts, records, [row("ada", 2)]).right
    assert not verdict_on(posts, records, [row("ada", 1)]).right
    assert verdict_on(posts, records, [row("ada", 2)]).written_without_answer == 1


def test_a_refused_post_must_not_be_in_the_stream() -> None:
    """A 4xx promises that nothing was written."""
    posts = [post("ada", 1), post("ada", 2, Outcome.REJECTED)]

    assert verdict_on(posts, [record("ada", 1)], [row("ada", 1)]).right
    assert not verdict_on(posts, [record("ada", 1), record("ada", 2)], [row("ada", 2)]).right


def test_a_record_that_nobody_sent_is_wrong() -> None:
    """The stream holds no records of unknown origin."""
    verdict = verdict_on([post("ada", 1)], [record("ada", 1), record("bob", 3)], [row("ada", 1), row("bob", 3)])

    assert len(verdict.written_although_refused) == 1


def test_a_repeated_record_changes_nothing() -> None:
    """A producer that sent again after a lost answer: the same status twice, counted and not wrong."""
    verdict = verdict_on([post("ada", 1)], [record("ada", 1), record("ada", 1, sequence=5)], [row("ada", 1)])

    assert verdict.duplicates == 1
    assert verdict.board_correct


def test_the_newest_record_wins_not_the_newest_clock() -> None:
    """Two posts that overtook each other: the row is the one with the higher sequence number."""
    early, late = replace(post("ada", 1), sequence=8), replace(post("ada", 2), sequence=7)
    records = [record("ada", 1, sequence=8), record("ada", 2, sequence=7)]

    assert verdict_on([early, late], records, [row("ada", 1)]).right
    assert not verdict_on([early, late], records, [row("ada", 2)]).right


def test_sequence_numbers_are_compared_as_numbers() -> None:
    """10 comes after 9, whatever their spelling says."""
    verdict = verdict_on([post("ada", 9), post("ada", 10)], [record("ada", 9), record("ada", 10)], [row("ada", 10)])

    assert verdict.right


def test_a_gamer_with_a_seat_has_a_row_and_others_have_none() -> None:
    """A missing row and a row too many are both wrong."""
    missing = judge([], [], {"ada"}, [], [])
    extra = judge([], [], set(), [row("bob", 0)], [row("bob", 0)])

    assert missing.wrong_rows == ["ada has none"]
    assert extra.wrong_rows == ["bob has no seat"]


def test_the_scoreboard_is_ordered_by_score_lives_shots_and_name() -> None:
    """A scoreboard in any other order, or short of a place, is wrong."""
    rows: list[dict[str, Any]] = [
        {"Nickname": "a", "Score": 5, "Lives": 1, "Shots": 9, "Level": 1},
        {"Nickname": "b", "Score": 5, "Lives": 2, "Shots": 9, "Level": 1},
        {"Nickname": "c", "Score": 5, "Lives": 2, "Shots": 8, "Level": 1},
        {"Nickname": "d", "Score": 10, "Lives": 1, "Shots": 9, "Level": 1},
        {"Nickname": "B", "Score": 5, "Lives": 2, "Shots": 9, "Level": 1},
    ]
    right = [rows[index] for index in (3, 2, 4, 1, 0)]
    seated = {row["Nickname"] for row in rows}

    assert judge([], [], seated, rows, right).right
    assert judge([], [], seated, rows, rows).wrong_top
    assert judge([], [], seated, rows, right[:4]).wrong_top


def test_somebody_who_plays_along_is_no_mistake() -> None:
    """A guest's records and row are the guest's own; a guest's place on the scoreboard is still to be right."""
    posts, records = [post("ada", 1)], [record("ada", 1), record("bob", 2)]
    rows = [row("ada", 1), row("bob", 2)]
    top = sorted(rows, key=rank)

    assert judge(posts, records, {"ada"}, rows, top, guests={"bob"}).right
    assert not judge(posts, records, {"ada"}, rows, top).right
    assert judge(posts, records, {"ada"}, rows, top[:1], guests={"bob"}).wrong_top


def test_an_archive_with_every_record_once_is_right() -> None:
    """And only then: one that is missing, one that is there twice, one that nobody posted is said."""
    records = [record("ada", 1), record("ada", 2), record("bob", 3)]

    def archived(lines: dict[int, int]) -> Verdict:
        verdict = Verdict()
        judge_archive(verdict, records, {(SHARD, number): times for number, times in lines.items()})
        return verdict

    assert archived({1: 1, 2: 1, 3: 1}).right
    assert archived({1: 1, 2: 1}).complaints == ["not in the archive: bob 3"]
    assert archived({1: 2, 2: 1, 3: 1}).complaints == [f"wrong line of the archive: {SHARD} 1 stands there 2 times"]
    assert archived({1: 1, 2: 1, 3: 1, 9: 1}).complaints == [
        f"wrong line of the archive: {SHARD} 9 is not in the stream"
    ]
    assert not archived({1: 2, 2: 1}).right
