"""User pools in their table: one item per pool, client, group and resource server; a pool is read with one query.

Every replica sees a change of another's after a second at most.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from cloud.errors import AwsError
from cloud.recent import Recent
from cloud.tables import Conflict, Item, Table
from services.identity.errors import missing
from services.identity.pools.pool import Pool
from services.identity.secrets import keys
from services.identity.secrets.keys import SigningKey
from services.identity.secrets.vault import Vault

_FRESH = 1.0  # seconds
_SETTINGS = "settings"
_POOL, _CLIENT = re.compile(r"[\w-]{1,45}_[0-9a-zA-Z]{1,45}"), re.compile(r"[\w+]{1,128}")
KINDS = ("client", "group", "server")


class Pools:
    """All user pools. executor: makes keys, which takes a processor a while; clock: seconds that do not go back."""

    def __init__(
        self, table: Table, vault: Vault, executor: Executor, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._table = table
        self._vault = vault
        self._executor = executor
        self._recent: Recent[str, Pool] = Recent(_FRESH, clock)
        self._keys: dict[bytes, dict[str, SigningKey]] = {}
        self._owners: dict[str, str] = {}

    async def get(self, pool_id: str, *, fresh: bool = True) -> Pool:
        """The pool; fresh=False may be a second old. Raises ResourceNotFoundException."""
        pool = await (self._recent.fresh if fresh else self._recent.get)(pool_id, self._load)
        if pool is None:
            raise missing(f"User pool {pool_id} does not exist.")
        return pool

    async def of_client(self, client_id: str) -> Pool:
        """The pool of an app client. Raises ResourceNotFoundException."""
        owner = self._owners.get(client_id)
        if owner is None and not _CLIENT.fullmatch(client_id):
            raise missing(f"User pool client {client_id} does not exist.")
        if owner is None:
            item = await self._table.get({"Scope": f"client/{client_id}", "Part": "pool"})
            if item is None:
                raise missing(f"User pool client {client_id} does not exist.")
            owner = self._owners[client_id] = item["Pool"]
        try:
            pool = await self.get(owner, fresh=False)
            pool.client(client_id)
        except AwsError:
            self._owners.pop(client_id, None)
            raise missing(f"User pool client {client_id} does not exist.") from None
        return pool

    async def all(self) -> list[Pool]:
        """All pools, the oldest first, without what belongs to them."""
        items = [item for item in await self._table.scan() if item["Part"] == _SETTINGS]
        items.sort(key=lambda item: item["Content"]["CreationDate"])
        return [_pool(item["Scope"], {_SETTINGS: item}) for item in items]

    async def create(self, pool_id: str, settings: Mapping[str, Any]) -> Pool:
        """A new pool, with keys of its own."""
        loop = asyncio.get_running_loop()
        made = await asyncio.gather(*(loop.run_in_executor(self._executor, keys.generate) for _ in keys.USES))
        sealed = keys.sealed(self._vault, pool_id, dict(zip(keys.USES, made, strict=True)))
        await self._table.create({"Scope": pool_id, "Part": _SETTINGS, "Content": dict(settings), "Keys": sealed})
        return await self.get(pool_id)

    async def update(self, pool_id: str, settings: Mapping[str, Any]) -> Pool:
        """Replace the pool's settings."""
        await self._table.update({"Scope": pool_id, "Part": _SETTINGS}, {"Content": dict(settings)}, {})
        self._recent.forget(pool_id)
        return await self.get(pool_id)

    async def delete(self, pool: Pool) -> None:
        """Delete the pool and all that belongs to it but the users."""
        for client_id in pool.clients:
            await self._table.delete({"Scope": f"client/{client_id}", "Part": "pool"})
        for item in await self._table.query(pool.id):
            await self._table.delete({"Scope": pool.id, "Part": item["Part"]})
        self._recent.forget(pool.id)

    async def put(self, pool: Pool, kind: str, name: str, content: Mapping[str, Any], *, new: bool) -> None:
        """Store a part of a pool. new: Conflict when there is one of that name already."""
        key = {"Scope": pool.id, "Part": f"{kind}/{name}"}
        if new:
            await self._table.create({**key, "Content": dict(content)})
        else:
            await self._table.update(key, {"Content": dict(content)}, {})
        if kind == "client" and new:
            await self._table.create({"Scope": f"client/{name}", "Part": "pool", "Pool": pool.id})
        self._recent.forget(pool.id)

    async def remove(self, pool: Pool, kind: str, name: str) -> None:
        """Delete a part of a pool."""
        await self._table.delete({"Scope": pool.id, "Part": f"{kind}/{name}"})
        if kind == "client":
            await self._table.delete({"Scope": f"client/{name}", "Part": "pool"})
            self._owners.pop(name, None)
        self._recent.forget(pool.id)

    async def claim_domain(self, domain: str, pool: Pool) -> None:
        """Note whose a domain is. Raises Conflict when it is taken."""
        await self._table.create({"Scope": f"domain/{domain}", "Part": "pool", "Pool": pool.id})

    async def of_domain(self, domain: str) -> str | None:
        """The id of the pool that has a domain."""
        item = await self._table.get({"Scope": f"domain/{domain}", "Part": "pool"})
        return str(item["Pool"]) if item else None

    async def release_domain(self, domain: str) -> None:
        """Let go of a domain."""
        await self._table.delete({"Scope": f"domain/{domain}", "Part": "pool"})

    def keys(self, pool: Pool) -> dict[str, SigningKey]:
        """Use -> signing key. Raises Sealed when the pool was made by an install with another key."""
        found = self._keys.get(pool.keys)
        if found is None:
            found = self._keys[pool.keys] = keys.opened(self._vault, pool.id, pool.keys)
        return found

    async def reachable(self) -> None:
        """Raises what the table raises when it cannot be read."""
        await self._table.get({"Scope": "health", "Part": "none"})

    async def _load(self, pool_id: str) -> Pool | None:
        parts = {item["Part"]: item for item in await self._table.query(pool_id)} if _POOL.fullmatch(pool_id) else {}
        return _pool(pool_id, parts) if _SETTINGS in parts else None


def _pool(pool_id: str, parts: Mapping[str, Item]) -> Pool:
    kinds: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for part, item in parts.items():
        kind, _, name = part.partition("/")
        if kind in kinds:
            kinds[kind][name] = item["Content"]
    settings = parts[_SETTINGS]
    return Pool(pool_id, settings["Content"], settings["Keys"], kinds["client"], kinds["group"], kinds["server"])


__all__ = ["Conflict", "Pools"]
