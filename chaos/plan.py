"""What happens in a run: decided by its seed alone. Pure."""

import math
import random
from dataclasses import dataclass

BOXES = ("emulator", "worker", "identity", "bootstrap", "gateway", "site")
RESTARTED = ("emulator", "worker", "identity", "gateway")
QUIET = 3.0  # seconds at the beginning and at the end of play without faults
LONGEST_STOP = 12.0  # seconds; longer than a lease of the worker's lasts

PROXIED = ("error", "throttle", "slow", "cut", "lose")
KINDS = ("kill", "stop", "restart", "reshard", *PROXIED)


@dataclass(frozen=True)
class Strike:
    """One fault. at: seconds after the gamers started; box: whom it meets, "" for the way to the emulator.

    seconds: how long it lasts, 0 for a moment; share: of the calls to the emulator that it meets.
    """

    at: float
    kind: str
    box: str = ""
    seconds: float = 0.0
    share: float = 0.0

    def __str__(self) -> str:
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        share = f", {self.share:.0%} of the calls" if self.share else ""
        return f"{self.at:5.1f} s  {self.kind} {self.box}".rstrip() + lasting + share


@dataclass(frozen=True)
class Plan:
    """A run. wiped: after the match the emulator loses everything, and the next match must be right all the same."""

    seed: int
    strikes: tuple[Strike, ...]
    wiped: bool

    def __str__(self) -> str:
        end = ["after the match the emulator's state is lost"] if self.wiped else []
        return "\n".join(
            [f"seed {self.seed}", *(f"  {strike}" for strike in self.strikes), *(f"  {line}" for line in end)]
        )


def plan(seed: int, seconds: float, faults: int = 4) -> Plan:
    """The run of a seed. seconds: how long the gamers play; faults: how many there are."""
    dice = random.Random(f"chaos/{seed}")
    strikes = [_strike(dice, seconds) for _ in range(faults)]
    return Plan(seed, tuple(sorted(strikes, key=lambda strike: strike.at)), wiped=dice.random() < 0.25)


def _strike(dice: random.Random, seconds: float) -> Strike:
    kind = dice.choice(KINDS)
    at = _tenths(dice.uniform(QUIET, max(QUIET, seconds - QUIET)))
    left = max(0.5, seconds - QUIET - at)
    match kind:
        case "kill":
            return Strike(at, kind, dice.choice(BOXES))
        case "restart":
            return Strike(at, kind, dice.choice(RESTARTED))
        case "stop":
            return Strike(at, kind, dice.choice(BOXES), round(min(left, dice.uniform(0.5, LONGEST_STOP)), 1))
        case "reshard":
            return Strike(at, kind)
    return Strike(at, kind, "", round(min(left, dice.uniform(0.5, 5.0)), 1), round(dice.uniform(0.05, 0.6), 2))


def _tenths(moment: float) -> float:
    """Rounded down, so that it stays within what was asked."""
    return math.floor(moment * 10) / 10
