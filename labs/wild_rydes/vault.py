"""The archive's bucket: every reading goes in exactly once, though batches come again.

After a crash a batch may come again cut otherwise, and to two workers at once. So an object is created only where none
of its name is; whoever finds one there reads in it how far it goes, and goes on behind it. A mark per shard says how
far the archive goes, for a batch that begins in the middle of an object. It is moved before the batch is done.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import os
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from . import archive
from .archive import Record
from .aws import client

LAST = "last"  # the metadata that says which record is an object's last
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_NONE = {"NoSuchKey", "404", "NotFound"}
_MOST = 100  # objects of others that one batch may meet


class Contended(Exception):
    """Others have written in our place again and again; the batch must come again."""


def store(records: Sequence[Record]) -> int:
    """Keep the records of one shard, in their order; returns how many were kept now. Raises what S3 refuses with."""
    mark = f"marks/{_stream(records[0])}/{archive.shard(records[0])}"
    reached = _read(mark)[0]
    kept = 0
    for _ in range(_MOST):
        left = [record for record in records if archive.number(record) > reached]
        if not left:
            return kept
        run = next(archive.runs(left))
        if _create(run):
            kept, reached = kept + len(run), archive.number(run[-1])
        else:
            head = client("s3").head_object(Bucket=_bucket(), Key=archive.key(run))
            reached = head["Metadata"][LAST]
        _move(mark, reached)
    raise Contended(mark)


def _create(run: Sequence[Record]) -> bool:
    """Write a run's objects, unless there is one there. The unreadable one goes first: it replaces itself alone."""
    if body := archive.unreadable(run):
        client("s3").put_object(Bucket=_bucket(), Key=archive.unreadable_key(run), Body=body)
    if body := archive.readable(run):
        last = {LAST: archive.number(run[-1])}
        return _put(archive.key(run), body, IfNoneMatch="*", ContentType="application/gzip", Metadata=last)
    return True


def _move(mark: str, reached: str) -> None:
    """Move a mark onward, never back, whoever else moves it."""
    for _ in range(_MOST):
        position, tag = _read(mark)
        if position >= reached:
            return
        if _put(mark, reached.encode(), **({"IfMatch": tag} if tag else {"IfNoneMatch": "*"})):
            return
    raise Contended(mark)


def _read(mark: str) -> tuple[str, str]:
    """Where a mark stands, and its ETag; two empty texts when there is none yet."""
    try:
        answer = client("s3").get_object(Bucket=_bucket(), Key=mark)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NONE:
            return "", ""
        raise
    return answer["Body"].read().decode(), answer["ETag"]


def _put(key: str, body: bytes, **conditions: Any) -> bool:
    """Whether the object could be written under these conditions."""
    try:
        client("s3").put_object(Bucket=_bucket(), Key=key, Body=body, **conditions)
    except ClientError as error:
        if error.response["Error"]["Code"] in _TAKEN:
            return False
        raise
    return True


def _stream(record: Record) -> str:
    return str(record["eventSourceARN"]).partition(":stream/")[2].partition("/")[0]


def _bucket() -> str:
    return os.environ["BUCKET_NAME"]
