"""Statuses: reading, choosing the newest, the order of the board."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from labs.alien_attack.status import MOST, MOST_LIVES, Status, Unreadable, newest, parse, position, rank
from tests.unit.labs.records import body, record

names = some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
figures = some.tuples(some.integers(0, MOST), some.integers(0, MOST_LIVES), some.integers(0, MOST), names)


def test_a_record_is_read_as_the_status_of_the_gamer_in_its_partition_key() -> None:
    """A nickname in the data means nothing; figures and times are taken over."""
    status = parse(record("ada", 7, body(Score=25, Nickname="linus")))

    assert status.nickname == "ada"
    assert (status.session_id, status.score, status.lives, status.shots, status.level) == (
        "S261120T100000",
        25,
        3,
        1,
        1,
    )
    assert status.position == "0" * 63 + "7"


@pytest.mark.parametrize("nickname", ["Ωmega", "🚀🚀", "مرحبا", 'quote"\\', "a b", "\u202eevil"])
def test_any_unicode_nickname_survives(nickname: str) -> None:
    """What stands in the partition key is the nickname, character by character."""
    assert parse(record(nickname, 1, body())).nickname == nickname


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b"null",
        b"{",
        pytest.param(b"[" * 100_000, id="nested too deeply"),
        body(Score=-1),
        body(Score="5"),
        body(Score=True),
        body(Score=1.5),
        body(Score=MOST + 1),
        body(Lives=10),
        body(Level=0),
        body(SessionId=""),
        body(SessionId="a b"),
        body(SessionId=None),
        body(Timestamp="yesterday"),
        {name: value for name, value in body().items() if name != "Shots"},
    ],
)
def test_what_is_no_status_is_unreadable_and_says_why(data: Any) -> None:
    """Broken JSON, other JSON, missing and impossible figures: always Unreadable, never another error."""
    with pytest.raises(Unreadable, match=r"data|Score|Lives|Level|SessionId|Timestamp|Shots"):
        parse(record("ada", 1, data))


def test_a_number_written_as_a_float_is_the_whole_number() -> None:
    """JSON has one kind of number: what the model lets in as 5.0 is 5."""
    assert parse(record("ada", 1, body(Score=5.0))).score == 5


@pytest.mark.parametrize("key", ["", "x" * 129, "\ud83d"])
def test_a_partition_key_that_is_no_nickname_is_unreadable(key: str) -> None:
    """Nothing, more than Cognito's 128 characters, half a character."""
    with pytest.raises(Unreadable, match="nickname"):
        parse(record(key, 1, body()))


def test_the_newest_of_each_gamer_is_kept_whatever_the_order() -> None:
    """Positions decide, as numbers: 9 is older than 10; sessions are kept apart."""
    records = [record("ada", n, body(Score=n)) for n in (9, 10, 2)]
    records += [record("ada", 3, body(SessionId="T", Score=3)), record("linus", 1, body(Score=1))]
    random.Random(7).shuffle(records)

    kept = {status.key: status.score for status in newest(map(parse, records))}

    assert kept == {("S261120T100000", "ada"): 10, ("T", "ada"): 3, ("S261120T100000", "linus"): 1}


@given(some.lists(some.integers(0, 10**56 - 1), min_size=2))
def test_positions_as_text_sort_as_the_numbers_do(numbers: list[int]) -> None:
    """Also those of 56 digits, which no DynamoDB number holds."""
    assert [int(one) for one in sorted(position(str(number)) for number in numbers)] == sorted(numbers)


@given(some.lists(figures, min_size=2))
def test_rank_as_dynamodb_sorts_it_is_the_order_of_the_board(rows: list[tuple[int, int, int, str]]) -> None:
    """Score and lives descending, shots and nickname ascending; DynamoDB compares the bytes of UTF-8."""
    by_rule = sorted(rows, key=lambda row: (-row[0], -row[1], row[2], row[3]))
    by_rank = sorted(rows, key=lambda row: rank(*row).encode())

    assert by_rank == by_rule


def test_the_longest_rank_fits_into_a_sort_key() -> None:
    """DynamoDB allows 1,024 bytes; 128 characters of four bytes each are the longest nickname."""
    assert len(rank(0, 0, MOST, "🚀" * 128).encode()) <= 1024


def test_a_status_belongs_to_a_session_and_a_gamer() -> None:
    """The key is what the table's key is."""
    assert Status("S", "ada", 0, 3, 0, 1, "", "").key == ("S", "ada")
