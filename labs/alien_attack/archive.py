"""The archive: every post that was accepted, as a line of JSON in a gzip file of the raw bucket, exactly once.

A batch may come again after a crash, cut otherwise, and to two workers at once. So a file is named by its first record
and created only where none of that name is; who finds one there reads in it how far it goes, and goes on behind it. A
mark per shard says how far the archive goes, for what begins in the middle of a file. The mark is moved after the file
is there and before the batch is done, so it is never behind the position that the batch begins after.
"""

import base64
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from . import marks
from .aws import client, setting
from .status import Record, position

_LAST = "last"  # the object's metadata that says which record is its last
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
_MOST_FILES = 100  # of others that one batch may meet; each is one record further at least


def store(records: Sequence[Record]) -> int:
    """Archive the records of one shard, in their order; returns how many lines were written now.

    Raises botocore's ClientError when S3 or DynamoDB does not take them; all can be stored again.
    """
    stream, shard = records[0]["eventSourceARN"], shard_of(records[0])
    mark = f"archive/{stream}/{shard}"
    reached = str(marks.read(mark).get("Position", ""))
    written = 0
    for _ in range(_MOST_FILES):
        left = [record for record in records if number(record) > reached]
        if not left:
            return written
        if _create(name(stream, shard, left[0]), left):
            written += len(left)
            reached = number(left[-1])
        else:
            reached = _last_in(name(stream, shard, left[0]))
        marks.reach(mark, reached)
    raise RuntimeError("too many files of others stand in the way")


def lines(records: Iterable[Record]) -> list[str]:
    """One line per record that holds a JSON object: what was posted, by whom, and where it stands in the stream.

    What holds none was never accepted by the API; the scoreboard's reader sends it to the dead-letter queue.
    """
    return [line for record in records if (line := _line(record))]


def name(stream: str, shard: str, first: Record) -> str:
    """The key of the file that begins with this record: by the hour, in UTC, in which it arrived."""
    hour = datetime.fromtimestamp(first["kinesis"]["approximateArrivalTimestamp"], UTC)
    return f"{hour:%Y/%m/%d/%H}/{stream.rpartition('/')[2]}-{shard}-{number(first)}.jsonl.gz"


def number(record: Record) -> str:
    """The record's place in its shard, as text that sorts as the places do."""
    return position(record["kinesis"]["sequenceNumber"])


def shard_of(record: Record) -> str:
    """The record's shard, e.g. "shardId-000000000000"."""
    return str(record["eventID"]).partition(":")[0]


def _create(key: str, records: Sequence[Record]) -> bool:
    """Write the file unless there is one of that name."""
    text = "".join(f"{line}\n" for line in lines(records))
    try:
        client("s3").put_object(
            Bucket=setting("RAW_BUCKET"),
            Key=key,
            Body=gzip.compress(text.encode(), mtime=0),
            ContentType="application/gzip",
            Metadata={_LAST: number(records[-1])},
            IfNoneMatch="*",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in _TAKEN:
            return False
        raise
    return True


def _last_in(key: str) -> str:
    answer = client("s3").head_object(Bucket=setting("RAW_BUCKET"), Key=key)
    return str(answer["Metadata"][_LAST])


def _line(record: Record) -> str:
    body = _object(record["kinesis"]["data"])
    if body is None:
        return ""
    kinesis = record["kinesis"]
    where: dict[str, Any] = {
        "Nickname": kinesis["partitionKey"],
        "ShardId": shard_of(record),
        "SequenceNumber": kinesis["sequenceNumber"],
        "ArrivedAt": int(kinesis["approximateArrivalTimestamp"] * 1000),
    }
    return json.dumps({**body, **where}, ensure_ascii=False, separators=(",", ":"))


def _object(data: str) -> Mapping[str, Any] | None:
    try:
        body = json.loads(base64.b64decode(data, validate=True).decode())
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
