"""Whether the stack's boxes are well: what the launcher shows. A browser could not ask them itself: each admits only
its own pages, and in a room all but two listen on loopback."""

import asyncio
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any, Final

import aiohttp

BOXES: Final = {"gateway": "apigateway", "worker": "lambda", "emulator": "dynamodb", "identity": "cognito-idp"}
"""What each is called on the page -> boto3's name of a service that it answers for."""
PACKAGES: Final = {"MiniStack": "ministack", "boto3": "boto3", "FastAPI": "fastapi"}
_PATIENCE = 2.0  # seconds
_ILL, _SERVER_ERROR = 503, 500


class Boxes:
    """addresses: name -> where this box reaches it."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self.addresses = addresses
        self._session: aiohttp.ClientSession | None = None

    async def status(self) -> dict[str, Any]:
        """{"boxes": [{"name", "well", "missing": [in words, ...]}, ...], "versions": {name: version}}."""
        found = await asyncio.gather(*(self._ask(name, address) for name, address in self.addresses.items()))
        return {"boxes": found, "versions": versions()}

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _ask(self, name: str, address: str) -> dict[str, Any]:
        missing = await self._missing(address)
        return {"name": name, "well": not missing, "missing": missing}

    async def _missing(self, address: str) -> list[str]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE))
        try:
            async with self._session.get(f"{address.rstrip('/')}/health") as reply:
                if reply.status == _ILL:
                    return list(map(str, (await reply.json(content_type=None)).get("missing", ())))
                # An emulator that is not ours may have no such page, and answers all the same.
                return [] if reply.status < _SERVER_ERROR else [f"answers {reply.status}"]
        except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError):
            return ["does not answer"]


def versions() -> dict[str, str]:
    """Of what the boxes run on, as far as it is installed here."""
    known = {"Python": platform.python_version()}
    for name, package in PACKAGES.items():
        try:
            known[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return known
