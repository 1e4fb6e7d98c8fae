"""What a seed decides."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chaos.plan import BOXES, KINDS, PROXIED, QUIET, plan

SECONDS = 18.0


@given(st.integers(min_value=0))
def test_the_same_seed_is_the_same_run(seed: int) -> None:
    """Replaying needs nothing but the seed."""
    assert plan(seed, SECONDS) == plan(seed, SECONDS)


@given(st.integers(min_value=0), st.floats(min_value=8, max_value=60), st.integers(min_value=1, max_value=9))
def test_faults_are_in_order_and_over_before_the_gamers_are(seed: int, seconds: float, faults: int) -> None:
    """The last posts of a match must find a way, or there would be nothing to account for."""
    strikes = plan(seed, seconds, faults).strikes

    assert len(strikes) == faults
    assert list(strikes) == sorted(strikes, key=lambda strike: strike.at)
    assert all(QUIET <= strike.at <= seconds - QUIET for strike in strikes)
    assert all(strike.at + strike.seconds <= seconds - QUIET + 0.6 for strike in strikes)


def test_twenty_seeds_hold_every_kind_of_fault_and_every_box() -> None:
    """What is never drawn would never be proved; so does the loss of all state."""
    plans = [plan(seed, SECONDS) for seed in range(1, 21)]
    kinds = Counter(strike.kind for one in plans for strike in one.strikes)

    assert set(kinds) == set(KINDS)
    assert {strike.box for one in plans for strike in one.strikes if strike.kind in {"kill", "stop"}} == set(BOXES)
    assert any(one.wiped for one in plans)
    assert not all(one.wiped for one in plans)


def test_a_plan_reads_as_what_will_happen() -> None:
    """One line for each fault: when, what, to whom, for how long, how many calls."""
    lines = str(plan(7, SECONDS)).splitlines()

    assert lines[0] == "seed 7"
    for line, strike in zip(lines[1:], plan(7, SECONDS).strikes, strict=False):
        assert strike.kind in line
        assert strike.box in line
        assert (f"{strike.share:.0%}" in line) == (strike.kind in PROXIED)
