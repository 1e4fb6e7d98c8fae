"""Kinesis' limits per shard."""

from services.emulator.throttle import MIB, Throttle


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_shard_takes_a_thousand_records_a_second() -> None:
    """The next second takes a thousand again; another shard has its own."""
    clock = Clock()
    throttle = Throttle(clock)

    assert sum(throttle.admit_write("a", 10) for _ in range(1500)) == 1000
    assert throttle.admit_write("b", 10)
    clock.now = 1.0
    assert sum(throttle.admit_write("a", 10) for _ in range(1500)) == 1000


def test_a_shard_takes_a_mebibyte_a_second() -> None:
    """Whatever the number of records."""
    throttle = Throttle(Clock())

    assert sum(throttle.admit_write("a", MIB // 4) for _ in range(8)) == 4


def test_a_shard_answers_five_reads_a_second() -> None:
    """The sixth is refused; writes are counted apart."""
    throttle = Throttle(Clock())

    assert [throttle.admit_read("a") for _ in range(6)] == [True] * 5 + [False]
    assert throttle.admit_write("a", 10)


def test_a_large_page_must_be_made_good_before_the_next_read() -> None:
    """Ten mebibytes at two a second: about five seconds, as on AWS."""
    clock = Clock()
    throttle = Throttle(clock)
    assert throttle.admit_read("a")
    throttle.count_read("a", 10 * MIB)
    for clock.now, admitted in ((1.0, False), (3.9, False), (5.0, True)):
        assert throttle.admit_read("a") is admitted
