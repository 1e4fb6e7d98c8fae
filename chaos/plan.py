"""What happens in a run: decided by its seed and target alone. Pure."""

import math
import random
from dataclasses import dataclass

BOXES = {
    "local": ("emulator", "worker", "identity", "bootstrap", "gateway", "site", "analytics", "query"),
    "docker": (
        "ministack", "localstack", "worker", "lambda", "identity", "keeper", "gateway", "site", "analytics", "query",
    ),
}  # fmt: skip
UNCLOCKED = frozenset({"localstack", "lambda"})
"""LocalStack is not ours to set wrong, and a relay asks no clock."""
UNFILLED = frozenset({"localstack", "lambda", "site"})
"""The same of a full disk: the last two write nothing."""
NEEDED = frozenset({"emulator", "ministack", "gateway"})
"""Without these nobody can post: they are back before the gamers are done."""
QUIET = 2.5  # seconds at the beginning and at the end of play without faults
LONGEST_STOP = 12.0  # seconds; longer than a lease of the worker's lasts
WRONG_BY = (5.0, 30.0, 120.0, 600.0)  # seconds

PROXIED = ("error", "throttle", "slow", "cut", "lose", "repeat", "reorder")
WEIGHTS = {"kill": 4, "stop": 3, "restart": 2, "clock": 3, "disk": 2, "reshard": 1, **dict.fromkeys(PROXIED, 1)}
"""Kind -> how often it is drawn, beside the others. Those that meet one box of many come more often."""
APART = {"docker": {"part": 3}}
"""Kinds that only this target has."""

SALT = {"local": "chaos/local", "docker": "chaos/docker/5"}
"""Chosen so that the first twenty runs have every kind of fault, and every box among those that are struck hard."""


@dataclass(frozen=True)
class Strike:
    """One fault. at: seconds after the gamers started; box: whom it meets, "" for the way to the emulator.

    seconds: how long it lasts, 0 for a moment; share: of the calls to the emulator that it meets; wrong_by: seconds
    that the box's clock is set ahead, or back.
    """

    at: float
    kind: str
    box: str = ""
    seconds: float = 0.0
    share: float = 0.0
    wrong_by: float = 0.0

    def __str__(self) -> str:
        wrong = f" {self.wrong_by:+g} s" if self.wrong_by else ""
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        share = f", {self.share:.0%} of the calls" if self.share else ""
        return f"{self.at:5.1f} s  {self.kind} {self.box}".rstrip() + wrong + lasting + share


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


def weights(target: str) -> dict[str, int]:
    """The kinds of a target, and how often each is drawn."""
    return WEIGHTS | APART.get(target, {})


def plan(seed: int, seconds: float, faults: int = 4, target: str = "local") -> Plan:
    """The run of a seed. seconds: how long the gamers play; faults: how many there are."""
    dice = random.Random(f"{SALT[target]}/{seed}")
    strikes = [_strike(dice, seconds, target) for _ in range(faults)]
    return Plan(seed, tuple(sorted(strikes, key=lambda strike: strike.at)), wiped=dice.random() < 0.25)


def _strike(dice: random.Random, seconds: float, target: str) -> Strike:
    kind = dice.choices(*zip(*weights(target).items(), strict=True))[0]
    at = _tenths(dice.uniform(QUIET, max(QUIET, seconds - QUIET)))
    left = max(0.5, seconds - QUIET - at)
    boxes = BOXES[target]
    match kind:
        case "kill" | "restart":
            return Strike(at, kind, dice.choice(boxes))
        case "stop" | "part":
            box = dice.choice(boxes)
            return Strike(at, kind, box, _lasting(dice, left if box in NEEDED else LONGEST_STOP, LONGEST_STOP))
        case "disk":
            return Strike(at, kind, _one(dice, boxes, UNFILLED), _lasting(dice, left, LONGEST_STOP))
        case "clock":
            box, wrong_by = _one(dice, boxes, UNCLOCKED), dice.choice(WRONG_BY) * dice.choice((1, -1))
            return Strike(at, kind, box, _lasting(dice, left, LONGEST_STOP), wrong_by=wrong_by)
        case "reshard":
            return Strike(at, kind)
    return Strike(at, kind, "", _lasting(dice, left, 5.0), round(dice.uniform(0.05, 0.6), 2))


def _one(dice: random.Random, boxes: tuple[str, ...], but: frozenset[str]) -> str:
    return dice.choice([box for box in boxes if box not in but])


def _lasting(dice: random.Random, left: float, longest: float) -> float:
    return round(min(left, dice.uniform(0.5, longest)), 1)


def _tenths(moment: float) -> float:
    """Rounded down, so that it stays within what was asked."""
    return math.floor(moment * 10) / 10
