"""Users in their tables: found by name, by sub and by alias; changed by one writer at a time.

A name's item leads to its user; it counts only while that user is there, so that a cut-off creation leaves nothing
that is taken.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cloud.errors import AwsError
from cloud.tables import Conflict, Table
from services.identity.errors import alias_exists, no_user, user_exists
from services.identity.pools.pool import Pool
from services.identity.users.user import User, from_item, to_item

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ATTEMPTS = 20
_MINUTE = 60.0  # seconds

Change = Callable[[User], Mapping[str, Any]]
"""What of a user is to be changed, by field."""


class Users:
    """The users of all pools."""

    def __init__(self, users: Table, names: Table, clock: Callable[[], float]) -> None:
        self._users = users
        self._names = names
        self._clock = clock
        self._counted: dict[str, tuple[float, int]] = {}

    async def by_key(self, pool: Pool, key: str) -> User | None:
        """The user with this very key."""
        item = await self._users.get({"Pool": pool.id, "Key": key})
        return from_item(item) if item else None

    async def find(self, pool: Pool, typed: str) -> User | None:
        """The user that somebody means by what they typed: a user name, a sub, or an alias of the pool."""
        if found := await self.by_key(pool, pool.key(typed)):
            return found
        for name in _names(pool, typed):
            item = await self._names.get({"Pool": pool.id, "Name": name})
            if item and (found := await self.by_key(pool, item["Key"])):
                return found
        return None

    async def get(self, pool: Pool, typed: str) -> User:
        """The same; raises UserNotFoundException."""
        if found := await self.find(pool, typed):
            return found
        raise no_user()

    async def all(self, pool: Pool) -> list[User]:
        """Every user of a pool, in the order of their creation."""
        found = [from_item(item) for item in await self._users.query(pool.id)]
        return sorted(found, key=lambda user: (user.created, user.key))

    async def estimate(self, pool: Pool) -> int:
        """About how many users there are: counted once a minute, since bootstrap looks at its pools all the time."""
        when, number = self._counted.get(pool.id, (float("-inf"), 0))
        if not 0 <= self._clock() - when <= _MINUTE:
            number = len(await self._users.query(pool.id))
            self._counted[pool.id] = (self._clock(), number)
        return number

    async def create(self, pool: Pool, user: User) -> User:
        """Store a new user. Raises UsernameExistsException, for a name and for an address that stands for one."""
        user = replace(user, created=self._clock(), modified=self._clock())
        if user.sub != user.key:
            await self._take(pool, f"sub/{user.sub}", user, "sub", force=True)
        for attribute in sorted(pool.username_attributes & user.attributes.keys()):
            try:
                await self.claim(pool, user, attribute)
            except (AwsError, Conflict) as error:
                raise _exists(attribute) from error
        try:
            await self._users.create(to_item(user))
        except Conflict as error:
            raise user_exists() from error
        for attribute in sorted(pool.username_attributes & user.attributes.keys()):
            if not await self._owns(pool, user, attribute):
                await self._users.delete({"Pool": pool.id, "Key": user.key})
                raise _exists(attribute)
        return user

    async def claim(self, pool: Pool, user: User, attribute: str, *, force: bool = False) -> None:
        """Make an attribute's value lead to the user, if the pool has such aliases. Raises AliasExistsException.

        force: take it from whoever has it.
        """
        value = user.attributes.get(attribute, "")
        if attribute in pool.aliases and value:
            await self._take(pool, f"{attribute}/{pool.key(value)}", user, attribute, force=force)

    async def release(self, pool: Pool, user: User, attribute: str) -> None:
        """The attribute's value no longer leads to the user."""
        value = user.attributes.get(attribute, "")
        key = {"Pool": pool.id, "Name": f"{attribute}/{pool.key(value)}"}
        if value and (item := await self._names.get(key)) and item["Key"] == user.key:
            await self._names.delete(key)

    async def change(self, user: User, change: Change) -> User:
        """Apply a change to the user as it is now. Raises UserNotFoundException when it is gone."""
        key = {"Pool": user.pool, "Key": user.key}
        for _ in range(_ATTEMPTS):
            changes = {**change(user), "modified": self._clock(), "version": user.version + 1}
            try:
                return from_item(await self._users.update(key, changes, {"version": user.version}))
            except Conflict:
                item = await self._users.get(key)
                if item is None:
                    raise no_user() from None
                user = from_item(item)
        raise Conflict(f"{user.pool}: too many writers")

    async def set(self, user: User, **changes: Any) -> User:
        """Set these fields, whatever they were."""
        return await self.change(user, lambda _: changes)

    async def delete(self, pool: Pool, user: User) -> None:
        """Delete the user and the names that lead to it."""
        for attribute in sorted(pool.aliases):
            await self.release(pool, user, attribute)
        await self._names.delete({"Pool": pool.id, "Name": f"sub/{user.sub}"})
        await self._users.delete({"Pool": pool.id, "Key": user.key})

    async def forget(self, pool: Pool) -> None:
        """Delete all users of a pool."""
        for item in await self._users.query(pool.id):
            await self._users.delete({"Pool": pool.id, "Key": item["Key"]})
        for item in await self._names.query(pool.id):
            await self._names.delete({"Pool": pool.id, "Name": item["Name"]})

    async def _owns(self, pool: Pool, user: User, attribute: str) -> bool:
        item = await self._names.get({"Pool": pool.id, "Name": f"{attribute}/{pool.key(user.attributes[attribute])}"})
        return item is not None and item["Key"] == user.key

    async def _take(self, pool: Pool, name: str, user: User, attribute: str, *, force: bool) -> None:
        key = {"Pool": pool.id, "Name": name}
        try:
            await self._names.create({**key, "Key": user.key})
            return
        except Conflict:
            item = await self._names.get(key)
        if item is None:  # it was given up a moment ago
            await self._names.create({**key, "Key": user.key})
            return
        if item["Key"] == user.key:
            return
        owner = await self.by_key(pool, item["Key"])
        if owner is not None and not force and _has(pool, owner, attribute, name):
            raise alias_exists(attribute)
        if owner is not None and attribute != "sub":
            flags = {**owner.attributes, f"{attribute}_verified": "false"}
            await self.set(owner, attributes=flags)
        await self._names.update(key, {"Key": user.key}, {"Key": item["Key"]})
        if owner is None and not force and await self.by_key(pool, item["Key"]):
            # Who had the name was only about to be created. Whoever creates looks at the name afterwards, and who takes
            # one looks for its owner afterwards: at least one of two who do it at once sees the other, and gives way.
            await self._names.update(key, {"Key": item["Key"]}, {"Key": user.key})
            raise alias_exists(attribute)


def _names(pool: Pool, typed: str) -> Iterator[str]:
    if _UUID.fullmatch(typed):
        yield f"sub/{typed}"
    if "@" in typed and "email" in pool.aliases:
        yield f"email/{pool.key(typed)}"
    elif typed.startswith("+") and "phone_number" in pool.aliases:
        yield f"phone_number/{typed}"
    elif "preferred_username" in pool.aliases:
        yield f"preferred_username/{pool.key(typed)}"


def _has(pool: Pool, user: User, attribute: str, name: str) -> bool:
    return f"{attribute}/{pool.key(user.attributes.get(attribute, ''))}" == name


def _exists(attribute: str) -> Exception:
    error = alias_exists(attribute)
    error.code = "UsernameExistsException"
    return error
