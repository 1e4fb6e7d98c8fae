"""What a seed decides."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.plan import BOXES, NEEDED, PROXIED, QUIET, UNCLOCKED, UNFILLED, Plan, plan, weights
from chaos.run import Options

SECONDS, FAULTS = Options.seconds, Options.faults


def twenty(target: str) -> list[Plan]:
    """What `--seeds 20` plays."""
    return [plan(seed, SECONDS, FAULTS, target) for seed in range(1, 21)]


@given(st.integers(min_value=0), st.sampled_from(sorted(BOXES)))
def test_the_same_seed_is_the_same_run(seed: int, target: str) -> None:
    """Replaying needs nothing but the seed."""
    assert plan(seed, SECONDS, target=target) == plan(seed, SECONDS, target=target)


@given(
    st.integers(min_value=0),
    st.floats(min_value=8, max_value=60),
    st.integers(min_value=1, max_value=9),
    st.sampled_from(sorted(BOXES)),
)
def test_faults_are_in_order_and_over_before_the_gamers_are(
    seed: int, seconds: float, faults: int, target: str
) -> None:
    """The last posts of a match must find a way, or there would be nothing to account for."""
    strikes = plan(seed, seconds, faults, target).strikes

    assert len(strikes) == faults
    assert list(strikes) == sorted(strikes, key=lambda strike: strike.at)
    assert all(QUIET <= strike.at <= seconds - QUIET for strike in strikes)
    between = [strike for strike in strikes if not strike.box or strike.box in NEEDED]
    assert all(strike.at + strike.seconds <= seconds - QUIET + 0.6 for strike in between)


@pytest.mark.parametrize("target", BOXES)
def test_twenty_seeds_hold_every_kind_of_fault_and_every_box(target: str) -> None:
    """What is never drawn would never be proved; so does the loss of all state."""
    plans = twenty(target)
    kinds = Counter(strike.kind for one in plans for strike in one.strikes)

    assert set(kinds) == set(weights(target))
    hard = {"kill", "stop", "restart", "part"}
    assert {strike.box for one in plans for strike in one.strikes if strike.kind in hard} == set(BOXES[target])
    assert any(one.wiped for one in plans)
    assert not all(one.wiped for one in plans)


@pytest.mark.parametrize("target", BOXES)
def test_faults_meet_boxes_that_can_have_them(target: str) -> None:
    """A clock is set wrong, ahead or back, where one is asked; a disk is full where something is written."""
    strikes = [strike for one in twenty(target) for strike in one.strikes]

    assert not {strike.box for strike in strikes if strike.kind == "clock"} & UNCLOCKED
    assert not {strike.box for strike in strikes if strike.kind == "disk"} & UNFILLED
    assert {strike.wrong_by > 0 for strike in strikes if strike.kind == "clock"} == {True, False}
    assert all((strike.wrong_by != 0) == (strike.kind == "clock") for strike in strikes)


def test_a_plan_reads_as_what_will_happen() -> None:
    """One line for each fault: when, what, to whom, for how long, how many calls."""
    lines = str(plan(7, SECONDS)).splitlines()

    assert lines[0] == "seed 7"
    for line, strike in zip(lines[1:], plan(7, SECONDS).strikes, strict=False):
        assert strike.kind in line
        assert strike.box in line
        assert (f"{strike.share:.0%}" in line) == (strike.kind in PROXIED)
