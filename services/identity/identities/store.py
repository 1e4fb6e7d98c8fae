"""Identity pools and identities in their tables. An identity is found again by each login that was linked to it."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from cloud.errors import AwsError
from cloud.tables import Conflict, Table
from services.identity.secrets import keys
from services.identity.secrets.keys import SigningKey
from services.identity.secrets.vault import Vault

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class IdentityPool:
    """settings: an IdentityPool of the API. roles: as SetIdentityPoolRoles was given them. key: sealed."""

    id: str
    settings: Settings
    roles: Settings
    key: bytes


@dataclass(frozen=True)
class Identity:
    """logins: provider -> the subject there; none for an identity that is not authenticated."""

    id: str
    pool: str
    logins: Mapping[str, str]
    created: float
    modified: float


class Identities:
    """All identity pools and their identities."""

    def __init__(
        self, pools: Table, identities: Table, vault: Vault, clock: Callable[[], float], executor: Executor
    ) -> None:
        self._pools = pools
        self._identities = identities
        self._vault = vault
        self._clock = clock
        self._executor = executor

    async def pool(self, pool_id: str) -> IdentityPool:
        """Raises ResourceNotFoundException."""
        item = await self._pools.get({"Id": pool_id})
        if item is None:
            raise AwsError("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")
        return IdentityPool(pool_id, item["Content"], item["Roles"], item["Key"])

    async def all_pools(self) -> list[IdentityPool]:
        """By name."""
        items = await self._pools.scan()
        found = [IdentityPool(item["Id"], item["Content"], item["Roles"], item["Key"]) for item in items]
        return sorted(found, key=lambda pool: (pool.settings["IdentityPoolName"], pool.id))

    async def create_pool(self, pool_id: str, settings: Settings) -> IdentityPool:
        """A new pool, with a key of its own for GetOpenIdToken."""
        key = await asyncio.get_running_loop().run_in_executor(self._executor, keys.generate)
        sealed = keys.sealed(self._vault, pool_id, {"openid": key})
        await self._pools.create({"Id": pool_id, "Content": dict(settings), "Roles": {}, "Key": sealed})
        return await self.pool(pool_id)

    async def update_pool(self, pool: IdentityPool, *, settings: Settings | None = None, roles: Any = None) -> None:
        """Replace the settings, or the roles."""
        changes = {"Content": dict(settings)} if settings is not None else {"Roles": dict(roles)}
        await self._pools.update({"Id": pool.id}, changes, {})

    async def delete_pool(self, pool: IdentityPool) -> None:
        """The pool and its identities."""
        for identity in await self.all(pool):
            await self.delete(identity)
        await self._pools.delete({"Id": pool.id})

    def key(self, pool: IdentityPool) -> SigningKey:
        """What signs GetOpenIdToken's tokens."""
        return keys.opened(self._vault, pool.id, pool.key)["openid"]

    async def get(self, identity_id: str) -> Identity:
        """Raises ResourceNotFoundException."""
        item = await self._identities.get({"Id": identity_id})
        if item is None or "Pool" not in item:
            raise AwsError("ResourceNotFoundException", f"Identity '{identity_id}' not found.")
        return _identity(item)

    async def all(self, pool: IdentityPool) -> list[Identity]:
        """A pool's identities, by age."""
        items = [item for item in await self._identities.scan() if item.get("Pool") == pool.id]
        return sorted(map(_identity, items), key=lambda identity: (identity.created, identity.id))

    async def of_logins(self, pool: IdentityPool, logins: Mapping[str, str]) -> Identity:
        """The identity of these logins, made if there is none; every login leads to it from now on."""
        known = {await self._led_to(pool, login) for login in logins.items()} - {""}
        if len(known) > 1:
            raise AwsError("ResourceConflictException", "Logins belong to different identities", 409)
        identity = await self.get(known.pop()) if known else await self._create(pool, logins)
        return await self.link(pool, identity, logins)

    async def unauthenticated(self, pool: IdentityPool) -> Identity:
        """A new identity without a login."""
        return await self._create(pool, {})

    async def link(self, pool: IdentityPool, identity: Identity, logins: Mapping[str, str]) -> Identity:
        """Logins that lead to the identity from now on. When another call was faster, its identity is returned."""
        for login in logins.items():
            try:
                await self._identities.create({"Id": _name(pool, login), "Identity": identity.id})
            except Conflict:
                owner = await self._led_to(pool, login)
                if owner and owner != identity.id:
                    await self._identities.delete({"Id": identity.id})
                    return await self.get(owner)
                await self._identities.update({"Id": _name(pool, login)}, {"Identity": identity.id}, {})
        changes = {"Logins": {**identity.logins, **logins}, "Modified": self._clock()}
        return _identity(await self._identities.update({"Id": identity.id}, changes, {}))

    async def delete(self, identity: Identity) -> None:
        """The identity, and what led to it."""
        for provider, subject in identity.logins.items():
            await self._identities.delete({"Id": f"{identity.pool}/{provider}/{subject}"})
        await self._identities.delete({"Id": identity.id})

    async def _create(self, pool: IdentityPool, logins: Mapping[str, str]) -> Identity:
        now, region = self._clock(), pool.id.split(":", 1)[0]
        identity = f"{region}:{uuid.uuid4()}"
        times = {"Created": now, "Modified": now}
        await self._identities.create({"Id": identity, "Pool": pool.id, "Logins": dict(logins), **times})
        return Identity(identity, pool.id, logins, now, now)

    async def _led_to(self, pool: IdentityPool, login: tuple[str, str]) -> str:
        item = await self._identities.get({"Id": _name(pool, login)})
        found = await self._identities.get({"Id": item["Identity"]}) if item else None
        return str(found["Id"]) if found else ""


def _name(pool: IdentityPool, login: tuple[str, str]) -> str:
    return f"{pool.id}/{login[0]}/{login[1]}"


def _identity(item: Mapping[str, Any]) -> Identity:
    return Identity(item["Id"], item["Pool"], item["Logins"], item["Created"], item["Modified"])
