"""What the command line means."""

import argparse

import pytest

from chaos.__main__ import _changed, _range
from chaos.run import Options


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
