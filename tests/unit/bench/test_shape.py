"""Which shape a growing cost has."""

import random
from collections.abc import Callable
from math import log

import pytest

from bench.shape import fit

SIZES = (1, 4, 16, 64)


@pytest.mark.parametrize(
    ("shape", "cost"),
    [
        ("constant", lambda _size: 7.0),
        ("logarithmic", lambda size: 5 + 4 * log(size)),
        ("linear", lambda size: 2 + 0.5 * size),
        ("linear", lambda size: 0.3 * size),
        ("quadratic", lambda size: 1 + 0.01 * size * size),
    ],
)
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_shape_is_found_in_what_it_made(shape: str, cost: Callable[[float], float], noise: float) -> None:
    """With measuring noise of five per cent too."""
    dice = random.Random(3)
    found = fit([(size, cost(size) * dice.uniform(1 - noise, 1 + noise)) for size in SIZES])

    assert found.name == shape
    assert found.error < 0.15


def test_only_what_is_worse_than_linear_is_not_acceptable() -> None:
    """That is what must not be."""
    assert fit([(size, 3 * size) for size in SIZES]).acceptable
    assert not fit([(size, 3 * size * size) for size in SIZES]).acceptable


def test_three_points_on_a_parabola_are_not_worse_than_linear_while_a_unit_gets_cheaper() -> None:
    """10 and 100 cost the same within noise, 1,000 three times as much: a hundredth of what linear would be."""
    assert fit([(10, 4.86), (100, 3.56), (1000, 10.4)]).acceptable
    assert not fit([(10, 4.86), (100, 3.56), (1000, 60.0)]).acceptable


def test_noise_is_not_taken_for_growth() -> None:
    """Costs that go up and down by a tenth are constant; so are those that fall."""
    assert fit([(1, 10.0), (4, 11.0), (16, 9.5), (64, 10.6)]).name == "constant"
    assert fit([(1, 30.0), (4, 20.0), (16, 16.0), (64, 15.0)]).name == "constant"


def test_base_and_step_are_those_of_the_line() -> None:
    """A fixed cost and one for each."""
    found = fit([(size, 2 + 0.5 * size) for size in SIZES])

    assert found.base == pytest.approx(2)
    assert found.step == pytest.approx(0.5)


def test_costs_that_could_not_be_measured_are_constant() -> None:
    """Below the clock's resolution a cost is 0: no division by it, no shape made of it."""
    assert fit([(size, 0.0) for size in SIZES]).name == "constant"


def test_one_size_has_no_shape() -> None:
    """As in a run that only proves that it runs."""
    assert fit([(2, 10.0)]).name == "constant"
