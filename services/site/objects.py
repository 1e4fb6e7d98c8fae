"""What the site serves: a bucket's objects as they were at one moment, held in memory, and where they come from."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol

_PACKED = ("text/", "application/json", "image/svg+xml", "application/javascript", "application/xml")
_WORTH_PACKING = 500  # bytes


@dataclass(frozen=True)
class Object:
    """One object. etag: with its quotes; metadata: the x-amz-meta-* of its uploader, without that prefix."""

    key: str
    body: bytes
    etag: str
    modified: datetime
    media_type: str
    cache_control: str = ""
    redirect: str = ""
    """x-amz-website-redirect-location: a path of this site, or an address of another."""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def packed(self) -> bytes | None:
        """The body gzipped, where that is worth it."""
        if len(self.body) < _WORTH_PACKING or not self.media_type.startswith(_PACKED):
            return None
        return gzip.compress(self.body, mtime=0)

    @property
    def version(self) -> tuple[str, datetime]:
        """Changes when the object is put again, with another content or with other metadata."""
        return self.etag, self.modified


@dataclass(frozen=True)
class Snapshot:
    """A bucket at one moment. website: its WebsiteConfiguration."""

    objects: Mapping[str, Object] = field(default_factory=dict)
    website: Mapping[str, Any] = field(default_factory=dict)

    @property
    def index(self) -> str:
        """The index document's name, as it is added to a folder's key."""
        return str(self.website.get("IndexDocument", {}).get("Suffix", ""))

    @property
    def error(self) -> str:
        """The error document's key; "" when there is none."""
        return str(self.website.get("ErrorDocument", {}).get("Key", ""))

    def missing(self) -> list[str]:
        """The documents that a visitor meets first and that are not there, in words."""
        return [f"page {key}" for key in (self.index, self.error) if key and key not in self.objects]


class Origin(Protocol):
    """Where the objects are."""

    def read(self, last: Snapshot) -> Snapshot:
        """The objects as they are now; those of the last snapshot that have not changed need not be fetched again.

        Raises Unavailable, saying what is not there or does not answer. Blocks.
        """


def to_second(time: datetime) -> datetime:
    """HTTP's dates know no fractions."""
    return time.astimezone(UTC).replace(microsecond=0)
