"""A user's password, in the two forms that are kept: a scrypt hash, and an SRP verifier sealed by the install's key."""

import asyncio
from typing import Any

from services.identity.box import Box
from services.identity.pools.pool import Pool
from services.identity.secrets import srp
from services.identity.secrets.srp import Verifier
from services.identity.users.user import User


async def kept(box: Box, pool: Pool, user: User, password: str) -> dict[str, Any]:
    """The fields of the user that hold this password."""
    loop = asyncio.get_running_loop()
    hashed, verifier = await asyncio.gather(
        box.hasher.hash(password),
        loop.run_in_executor(box.executor, srp.verifier, pool.suffix, user.username, password),
    )
    sealed = box.vault.seal(_purpose(user), [f"{verifier.salt:x}", f"{verifier.value:x}"])
    return {"password": hashed, "srp": sealed}


def verifier(box: Box, user: User) -> Verifier | None:
    """The user's SRP verifier; None when there is no password."""
    if not user.srp:
        return None
    salt, value = box.vault.open(_purpose(user), user.srp)
    return Verifier(int(salt, 16), int(value, 16))


def decoy(box: Box, pool: Pool, typed: str) -> Verifier:
    """For somebody who is not there: the same each time, and nobody's."""
    salt = int.from_bytes(box.vault.digest("decoy salt", pool.id, typed)[:16], "big")
    return Verifier(salt, int.from_bytes(box.vault.digest("decoy", pool.id, typed) * 12, "big") % srp.N)


def _purpose(user: User) -> str:
    return f"srp/{user.pool}/{user.sub}"
