"""The simulated gamers play by the game's rules, and the same way every time."""

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from demo.names import nickname
from demo.skill import Game, Status, game_of


def test_the_same_seed_plays_the_same_game() -> None:
    """Two games of one seed and gamer agree at every moment, however often they are asked."""
    often, seldom = game_of(1, "ada"), game_of(1, "ada")
    watched = [often.at(tick * 0.3) for tick in range(400)]

    assert seldom.at(399 * 0.3) == watched[-1]


def test_gamers_differ() -> None:
    """Two hundred gamers do not all reach the same score in half a minute."""
    assert len({game_of(1, nickname(number)).at(30).score for number in range(200)}) > 20


def test_a_game_starts_with_three_lives_and_nothing_else() -> None:
    """Before the first half second nothing has happened."""
    assert game_of(7, "linus").at(0.49) == Status(score=0, lives=3, shots=0, level=1)


@settings(max_examples=50)
@given(st.integers(), st.floats(min_value=1, max_value=300))
def test_the_rules_hold_for_every_game(seed: int, seconds: float) -> None:
    """At most two shots a second; 5 points a hit plus level * 50 for each cleared level; lives fall from 3 to 1."""
    status = Game(random.Random(seed)).at(seconds)
    cleared = range(1, status.level)
    hits = (status.score - sum(level * 50 for level in cleared)) / 5

    assert hits == int(hits)
    assert 50 * len(cleared) <= hits <= status.shots <= 2 * seconds
    assert 1 <= status.lives <= 3


@given(st.integers(), st.lists(st.floats(min_value=0, max_value=120), min_size=2))
def test_figures_only_get_worse_in_lives(seed: int, moments: list[float]) -> None:
    """Score, shots and level never fall, lives never rise."""
    game = Game(random.Random(seed))
    seen = [game.at(moment) for moment in sorted(moments)]
    for before, after in pairwise(seen):
        assert before.score <= after.score
        assert before.shots <= after.shots
        assert before.level <= after.level
        assert before.lives >= after.lives


def test_the_game_is_over_without_lives() -> None:
    """The last status has the figures reached and no lives."""
    game = game_of(1, "grace")
    reached = game.at(30)

    assert game.over() == Status(reached.score, 0, reached.shots, reached.level)


def test_nicknames_are_distinct_and_of_many_scripts() -> None:
    """A thousand gamers have a thousand names, most of them not ASCII."""
    names = [nickname(number) for number in range(1000)]

    assert len(set(names)) == 1000
    assert sum(name.isascii() for name in names) < 500
