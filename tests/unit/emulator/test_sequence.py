"""Sequence numbers grow, whatever the clock does."""

from hypothesis import given
from hypothesis import strategies as st

from services.emulator.sequence import DIGITS, OLDEST, SequenceNumbers, before, before_time, issued_at, padded


def test_numbers_grow_within_a_millisecond_and_from_one_to_the_next() -> None:
    """As texts and as numbers, 56 digits each."""
    times = iter([1.0, 1.0, 1.0005, 1.001, 2.0])
    numbers = SequenceNumbers(lambda: next(times))
    issued = [numbers.issue() for _ in range(5)]

    assert issued == sorted(set(issued))
    assert [int(n) for n in issued] == sorted(int(n) for n in issued)
    assert {len(n) for n in issued} == {DIGITS}


def test_numbers_go_on_when_the_clock_is_set_back() -> None:
    """A laptop that wakes up with a wrong time must not put new records before old ones."""
    times = iter([5.0, 1.0, 1.0])
    numbers = SequenceNumbers(lambda: next(times))
    issued = [numbers.issue() for _ in range(3)]

    assert issued == sorted(set(issued))


def test_numbers_go_on_above_those_of_an_earlier_run() -> None:
    """Although the clock is behind it."""
    earlier = SequenceNumbers(lambda: 9.0)
    last = [earlier.issue() for _ in range(3)][-1]
    numbers = SequenceNumbers(lambda: 1.0)
    numbers.observe(last)
    numbers.observe(OLDEST)

    assert numbers.latest() == last
    assert numbers.issue() > last


def test_a_number_tells_when_it_was_issued() -> None:
    """To the millisecond: a record's arrival time is read from it."""
    assert issued_at(SequenceNumbers(lambda: 1_700_000_000.1234).issue()) == 1_700_000_000.123


def test_a_short_number_is_made_wide_and_the_one_below_has_the_same_width() -> None:
    """Texts compare as numbers do only when they are equally long."""
    number = SequenceNumbers(lambda: 1.0).issue()

    assert padded("7") == "7".zfill(DIGITS)
    assert before(number) < number
    assert len(before(number)) == DIGITS
    assert before(OLDEST) == OLDEST


@given(st.floats(0, 4e9))
def test_a_time_stands_before_the_first_number_that_is_not_older(seconds: float) -> None:
    """As comparing the times that records show would have it, whatever a float makes of them."""
    number = before_time(seconds)
    following = f"{int(number) + 1:0{DIGITS}d}"

    assert issued_at(number) < seconds or number < SequenceNumbers(lambda: 0.001).issue()
    assert issued_at(following) >= seconds
