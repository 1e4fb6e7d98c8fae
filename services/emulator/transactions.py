"""DynamoDB's transactions, mended: MiniStack keeps each one's whole request for ten minutes, to know it again by its
ClientRequestToken.

boto3 gives every transaction a token. 200 gamers' scores came to 2 GB of small objects, which Python's cycle collector
went through again and again while everybody waited. A digest tells requests apart as well, and of the sizes of all
items, by which an answer to a repeated request says what it consumed, a sum is enough: half a kilobyte in all.
"""

import hashlib
from typing import Any

from services.emulator.json_text import dump
from services.emulator.patch import put

UNIT = 4096  # bytes of an item that a unit of reading is for


class Signature:
    """Stands for a request that was seen; equal to one of the same content."""

    __slots__ = ("digest",)

    def __init__(self, request: Any) -> None:
        self.digest: bytes = request.digest if isinstance(request, Done) else _digest(request)

    def __eq__(self, other: object) -> bool:
        return self.digest == (other.digest if isinstance(other, Signature) else _digest(other))

    __hash__ = None  # type: ignore[assignment]


class Done:
    """A transaction that is done; to MiniStack it is a dictionary."""

    __slots__ = ("_sizes", "completed_at", "digest", "response")

    def __init__(self, entry: dict[str, Any]) -> None:
        self.digest: bytes = Signature(entry["signature"]).digest
        self.response = entry["response"] or None
        self._sizes = tuple(
            (table, sum(max(1, -(-size // UNIT)) for size in of)) for table, of in entry["sizes"].items()
        )

    @property
    def signature(self) -> Signature:
        """Equal to the request."""
        return Signature(self)

    @property
    def sizes(self) -> dict[str, list[int]]:
        """By table, sizes of items that consume what those of the request do."""
        return {table: [units * UNIT] for table, units in self._sizes}

    def get(self, name: str, default: Any = None) -> Any:
        """A member."""
        return getattr(self, name) or default

    __getitem__ = get

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)


def install(dynamodb: Any) -> None:
    """Replace MiniStack's function. Raises ConfigError when it is gone."""

    def store(token: str, entry: dict[str, Any]) -> None:
        keep(token, Done(entry))

    keep = put(dynamodb, "_txn_token_store", store)


def _digest(request: Any) -> bytes:
    return hashlib.blake2b(dump(request, sort_keys=True), digest_size=32).digest()
