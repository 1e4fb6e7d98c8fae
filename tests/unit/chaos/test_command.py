"""What the command line means."""

import argparse
import signal
import sys
from collections.abc import Iterator

import pytest

from chaos.__main__ import _changed, _range, end_on_signals
from chaos.run import Options, _asked_to_end


@pytest.mark.parametrize(("text", "seeds"), [("3", [1, 2, 3]), ("6-8", [6, 7, 8]), ("7-7", [7])])
def test_seeds_are_a_number_or_a_range(text: str, seeds: list[int]) -> None:
    """As many from 1 on, or from one to another."""
    assert list(_range(text)) == seeds


def test_what_are_no_seeds_is_refused() -> None:
    """argparse says so, with the option's name."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--seeds", type=_range)

    with pytest.raises(argparse.ArgumentError):
        parser.parse_args(["--seeds", "many"])


def test_a_replay_is_told_every_option_that_was_not_the_usual_one() -> None:
    """Another length of play draws other faults; where the ports are changes nothing."""
    assert _changed(Options(port=1)) == []
    assert _changed(Options(seconds=30.0, faults=6)) == ["--seconds 30.0", "--faults 6"]


@pytest.fixture
def handlers() -> Iterator[None]:
    """Signals are handled as before when the test is over."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_ends_a_run_waits_until_it_has_cleaned_up(number: signal.Signals) -> None:
    """The first signal goes through every `finally`; a second one does not break off what stops the stack."""
    cleaned = []
    end_on_signals()

    def run() -> None:
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            cleaned.append(True)

    with pytest.raises(SystemExit) as ended:
        run()

    assert (ended.value.code, cleaned) == (128 + number, [True])


def test_a_run_that_was_asked_to_end_ends_also_when_cleaning_up_fails() -> None:
    """An error in a `finally` takes the place of what was on its way there; the other seeds are not played."""

    def play() -> None:
        try:
            sys.exit(143)
        finally:
            raise AssertionError("stack clean: 1")

    with pytest.raises(AssertionError) as caught:
        play()
    ended = _asked_to_end(caught.value)

    assert ended is not None
    assert ended.code == 143
    assert _asked_to_end(AssertionError("alone")) is None
