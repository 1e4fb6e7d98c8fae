"""What is drawn at random, by the operating system: nobody in the room can know it beforehand."""

import secrets

from .session import CODE_LENGTH, CODE_LETTERS, SEEDS, Chance


def draw() -> Chance:
    """The seed and the board's code of a session."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return Chance(secrets.randbelow(SEEDS), code)
