"""What is in the archive: the lines of the raw bucket's files, counted record by record."""

import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from cloud import clients
from demo.stream import Place, Record

HOUR = timedelta(hours=1)


class Archive:
    """The archived lines of a session. since: nothing of it arrived before; slack: as in Settings."""

    def __init__(self, bucket: str, since: datetime, session_id: str, slack: float = 0) -> None:
        self._bucket, self._since, self._session_id, self._slack = bucket, since, session_id, timedelta(seconds=slack)
        self._files: dict[str, list[Place]] = {}

    def count(self) -> Counter[Place]:
        """How often each record stands in the archive now. A file never changes: each is read once."""
        for key in self._keys():
            if key not in self._files:
                self._files[key] = list(self._lines(key))
        return Counter(place for places in self._files.values() for place in places)

    def _keys(self) -> Iterator[str]:
        pages = _s3().get_paginator("list_objects_v2")
        for hour in hours(self._since, datetime.now(UTC) + self._slack):
            for page in pages.paginate(Bucket=self._bucket, Prefix=f"{hour:%Y/%m/%d/%H}/"):
                yield from (item["Key"] for item in page.get("Contents", ()) if item["LastModified"] >= self._since)

    def _lines(self, key: str) -> Iterator[Place]:
        packed = _s3().get_object(Bucket=self._bucket, Key=key)["Body"].read()
        for line in gzip.decompress(packed).splitlines():
            post = orjson.loads(line)
            if post.get("SessionId") == self._session_id:
                yield post["ShardId"], int(post["SequenceNumber"])


def hours(since: datetime, until: datetime) -> Iterator[datetime]:
    """Every hour that has a part of this time in it."""
    hour = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour <= until:
        yield hour
        hour += HOUR


def complete(counted: Counter[Place], records: list[Record]) -> bool:
    """Whether every one of these records is in the archive."""
    return all(record.place in counted for record in records)


def _s3() -> Any:
    return clients.client("s3", retries=6)
