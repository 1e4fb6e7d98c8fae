"""ID tokens of more gamers than can be signed up in a benchmark's time: a password's hash alone takes 17 ms of a core.

They are signed with the pool's own key, which the install can open, and say what those of a gamer who signed in say.
The gateway checks them as any other.
"""

import asyncio
import os
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt

from cloud import clients
from demo.accounts import Account, Pool
from services.identity import tables
from services.identity.pools.registry import Pools
from services.identity.secrets import vault
from services.identity.secrets.keys import SigningKey


async def minted(pool: Pool, home: Path, model: Account, nicknames: Sequence[str]) -> list[Account]:
    """Accounts of these nicknames with tokens like the model's. home: FOGBANK_HOME of the install."""
    claims = jwt.decode(model.token, options={"verify_signature": False})
    with ThreadPoolExecutor(os.cpu_count() or 2) as threads:
        key = await _key(pool, home, threads)

        def mint(nickname: str) -> Account:
            who = {"cognito:username": nickname, "sub": str(uuid.uuid4()), "jti": str(uuid.uuid4())}
            return Account(nickname, key.sign({**claims, **who}))

        return await asyncio.to_thread(lambda: list(threads.map(mint, nicknames)))


async def _key(pool: Pool, home: Path, threads: ThreadPoolExecutor) -> SigningKey:
    found = tables.on_dynamodb(clients.client("dynamodb"))
    pools = Pools(found[tables.POOLS], vault.from_home(home), threads, time.time)
    return pools.keys(await pools.get(pool.user_pool_id))["id"]
