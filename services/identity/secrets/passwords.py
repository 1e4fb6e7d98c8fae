"""Passwords, kept only as scrypt hashes: 8 MB and some 17 ms of one core each, in threads of their own."""

import asyncio
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

from cloud.errors import AwsError

N, R, P = 2**13, 8, 1
_MEMORY = 64 * 2**20  # bytes; OpenSSL's default limit is too small for N
_BYTES = 32
_MOST_WAITING = 2000
"""Passwords that may wait for a processor: more than a minute's work, and every caller would have given up by then."""
_KINDS = ("abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!#%*+-=?@_")

Hash = dict[str, Any]
"""{"n", "r", "p", "salt", "hash"}: the parameters stay with the hash, so that they can be changed later."""


class Hasher:
    """Hashes in an executor, so that the event loop stays free; scrypt lets go of Python's lock."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._waiting = 0

    async def hash(self, password: str) -> Hash:
        """A new hash with a salt of its own."""
        salt = os.urandom(16)
        return {"n": N, "r": R, "p": P, "salt": salt, "hash": await self._run(password, salt, N, R, P)}

    async def matches(self, password: str, known: Mapping[str, Any] | None) -> bool:
        """Whether it is the password; with no hash to compare with it takes as long, and is not."""
        if known is None:
            await self._run(password, b"\0" * 16, N, R, P)
            return False
        found = await self._run(password, known["salt"], known["n"], known["r"], known["p"])
        return hmac.compare_digest(found, known["hash"])

    async def _run(self, password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
        """Raises TooManyRequestsException when there is too much to do already."""
        if self._waiting >= _MOST_WAITING:
            raise AwsError("TooManyRequestsException", "Too many requests")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, _scrypt, password, salt, n, r, p)
        finally:
            self._waiting -= 1


def generate(length: int = 10) -> str:
    """A temporary password with all kinds of characters that a policy can ask for; easy to type."""
    length = max(length, len(_KINDS))
    characters = [secrets.choice(kind) for kind in _KINDS]
    characters += [secrets.choice("".join(_KINDS[:3])) for _ in range(length - len(_KINDS))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    text = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=_BYTES)
