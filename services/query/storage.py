"""The objects of a table: found folder by folder, without looking into partitions that nobody asked for."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from services.query import partitions
from services.query.catalogue import Table
from services.query.failure import QueryFailed
from services.query.partitions import Values

Wanted = Callable[[list[Values]], list[Values]]
"""Of partitions, those that the query can be about; some of their values may not be known yet."""


class Storage:
    """Through a boto3 S3 client, whose errors it raises. scanned: bytes read so far."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3
        self.scanned = 0

    def objects(self, table: Table, wanted: Wanted) -> Iterator[tuple[str, Values]]:
        """Key and partition values of every object that must be read."""
        folders: list[tuple[str, Values]] = [(table.prefix, {})]
        for template in partitions.layout(table):
            below = [one for prefix, values in folders for one in self._folders(table, prefix, template, values)]
            kept = wanted([values for _, values in below])
            folders = [(prefix, values) for prefix, values in below if values in kept]
        for prefix, values in folders:
            for page in self._pages(table, prefix):
                for one in page.get("Contents", ()):
                    if one["Size"] and not _is_hidden(one["Key"][len(prefix) :]):
                        yield one["Key"], values

    def rows(self, table: Table, key: str) -> Iterator[Mapping[str, Any]]:
        """The JSON objects of one object's lines, their keys in lower case. QueryFailed for a line that is none."""
        body = self.s3.get_object(Bucket=table.bucket, Key=key)["Body"].read()
        self.scanned += len(body)
        for number, text in enumerate(_plain(body, key, table).splitlines(), 1):
            if not text.strip():
                continue
            try:
                yield {name.lower(): value for name, value in orjson.loads(text).items()}
            except (orjson.JSONDecodeError, AttributeError) as error:
                if table.serde.get("ignore.malformed.json", "").lower() != "true":
                    where = f"s3://{table.bucket}/{key}"
                    raise QueryFailed(
                        "HIVE_CURSOR_ERROR", f"Row is not a valid JSON Object: line {number} of {where}"
                    ) from error
                yield {}

    def _folders(self, table: Table, prefix: str, template: str, values: Values) -> Iterator[tuple[str, Values]]:
        for page in self._pages(table, prefix, Delimiter="/"):
            for one in page.get("CommonPrefixes", ()):
                found = partitions.read(template, one["Prefix"][len(prefix) :].rstrip("/"))
                if found is not None:
                    yield one["Prefix"], {**values, **found}

    def _pages(self, table: Table, prefix: str, **more: str) -> Iterator[dict[str, Any]]:
        try:
            pages = self.s3.get_paginator("list_objects_v2")
            yield from pages.paginate(Bucket=table.bucket, Prefix=prefix, **more)
        except self.s3.exceptions.NoSuchBucket as error:
            raise QueryFailed("HIVE_FILESYSTEM_ERROR", f"The bucket {table.bucket} does not exist") from error


def _plain(body: bytes, key: str, table: Table) -> bytes:
    if not key.endswith(".gz"):
        return body
    try:
        return zlib.decompress(body, wbits=31)
    except zlib.error as error:
        raise QueryFailed("HIVE_CURSOR_ERROR", f"s3://{table.bucket}/{key} is no gzip: {error}") from error


def _is_hidden(path: str) -> bool:
    """Hive reads no file that begins with a dot or an underscore."""
    return path.rsplit("/", 1)[-1].startswith((".", "_"))
