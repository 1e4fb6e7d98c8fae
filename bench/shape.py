"""How a cost grows with a size: the simplest shape that explains what was measured. Pure.

Each shape is a + b*f(size) with b not below 0, fitted by least squares on relative errors, so that small sizes count as
much as large ones. A more complex shape must leave less than half of the error of a simpler one to be preferred. Worse
than linear is what makes each unit dearer, the larger the size: where a unit of the largest size costs no more than one
of the size before, three points that happen to lie on a parabola do not make it that.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Points = Sequence[tuple[float, float]]

SHAPES: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("constant", lambda _size: 0.0),
    ("logarithmic", math.log),
    ("linear", lambda size: size),
    ("quadratic", lambda size: size * size),
)
WORSE_THAN_LINEAR = "quadratic"
NOISE = 0.15  # an error below this share of the values is measuring noise: nothing more complex is looked for
BETTER = 0.5


@dataclass(frozen=True)
class Fit:
    """name: of the shape; base, step: a and b of a + b*f(size); error: the mean relative deviation."""

    name: str
    base: float
    step: float
    error: float

    @property
    def acceptable(self) -> bool:
        """Whether it is not worse than linear."""
        return self.name != WORSE_THAN_LINEAR


def fit(points: Points) -> Fit:
    """The shape of (size, cost) points; sizes from 1 on, costs above 0."""
    best: Fit | None = None
    for name, function in SHAPES:
        if name == WORSE_THAN_LINEAR and not _gets_dearer(points):
            continue
        candidate = _fitted(name, function, points)
        if best is None or (best.error > NOISE and candidate.error < BETTER * best.error):
            best = candidate
    assert best
    return best


def _gets_dearer(points: Points) -> bool:
    """Whether a unit of the largest size costs more than one of the size before it, by more than measuring noise."""
    *_, before, last = [cost / size for size, cost in (points[0], *sorted(points))]
    return last > (1 + NOISE) * before


def _fitted(name: str, function: Callable[[float], float], points: Points) -> Fit:
    base, step = _solve([(function(size), cost) for size, cost in points])
    errors = [abs(base + step * function(size) - cost) / cost for size, cost in points if cost > 0]
    return Fit(name, base, step, sum(errors) / len(errors) if errors else 0.0)


def _solve(points: Points) -> tuple[float, float]:
    """a and b that minimise the sum of ((a + b*x - y) / y) squared, neither of them below 0."""
    weighted = [(x, y, 1 / y**2) for x, y in points if y > 0]
    w, wx, wy = (sum(f(x, y) * k for x, y, k in weighted) for f in (_one, _x, _y))
    wxx, wxy = (sum(f(x, y) * k for x, y, k in weighted) for f in (_xx, _xy))
    spread = w * wxx - wx * wx
    if spread <= 1e-9 * max(1.0, w * wxx):
        return (wy / w if w else 0.0), 0.0
    step = (w * wxy - wx * wy) / spread
    base = (wy - step * wx) / w
    if step < 0:
        return wy / w, 0.0
    return (base, step) if base >= 0 else (0.0, wxy / wxx)


def _one(_x: float, _y: float) -> float:
    return 1.0


def _x(x: float, _y: float) -> float:
    return x


def _y(_x: float, y: float) -> float:
    return y


def _xx(x: float, _y: float) -> float:
    return x * x


def _xy(x: float, y: float) -> float:
    return x * y
