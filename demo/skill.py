"""How a simulated gamer plays: pure, and the same for the same seed, however often it is asked.

The rules are the game's: 3 lives; 50 invaders a level, 5 points each; a cleared level adds level * 50 points; at most
two shots a second; 3 s of intro before each further level; bombs hit more often the higher the level. One thing
differs: the last life is lost only when the match ends, so that everybody posts until then.
"""

import random
from dataclasses import dataclass, replace

STEP = 0.5  # seconds; the game lets a gamer shoot once in each
INVADERS = 50
POINTS_PER_HIT = 5
INTRO_STEPS = 6


@dataclass(frozen=True, slots=True)
class Status:
    """What a gamer posts: the four figures of the game's display."""

    score: int = 0
    lives: int = 3
    shots: int = 0
    level: int = 1


class Game:
    """One gamer's game. dice decide how good the gamer is, and then every shot."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._accuracy = dice.uniform(0.15, 0.95)
        self._eagerness = dice.uniform(0.5, 1.0)
        self._clumsiness = dice.uniform(0.002, 0.02)
        self._clock = 0.0
        self._invaders = INVADERS
        self._intro = 0
        self._status = Status()

    def at(self, seconds: float) -> Status:
        """The status this many seconds into the game; seconds must not go back."""
        while self._clock + STEP <= seconds:
            self._clock += STEP
            self._step()
        return self._status

    def over(self) -> Status:
        """The last status of the game: no lives left."""
        return replace(self._status, lives=0)

    def _step(self) -> None:
        if self._intro:
            self._intro -= 1
            return
        if self._dice.random() < self._eagerness:
            self._shoot()
        if self._status.lives > 1 and self._dice.random() < self._clumsiness * (1 + 0.2 * self._status.level):
            self._status = replace(self._status, lives=self._status.lives - 1)

    def _shoot(self) -> None:
        hit = self._dice.random() < self._accuracy
        score = self._status.score + (POINTS_PER_HIT if hit else 0)
        self._status = replace(self._status, shots=self._status.shots + 1, score=score)
        self._invaders -= hit
        if not self._invaders:
            self._next_level()

    def _next_level(self) -> None:
        level = self._status.level
        self._status = replace(self._status, score=self._status.score + level * 50, level=level + 1)
        self._invaders, self._intro = INVADERS, INTRO_STEPS


def game_of(seed: int, nickname: str) -> Game:
    """The game that this gamer plays under this seed."""
    return Game(random.Random(f"{seed}/{nickname}"))
