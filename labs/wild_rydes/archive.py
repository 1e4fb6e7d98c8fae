"""How readings lie in the archive. Pure.

    raw/year=2026/month=11/day=25/hour=18/<shard>-<first sequence number>.jsonl.gz     one reading a line, gzip
    unreadable/year=.../hour=18/<shard>-<first>-<last sequence number>.jsonl.gz        {"Data": base64} a line

The hour is that of arrival (UTC), for every line of an object. An object is named after its first record, of whatever
kind; where one may replace another, after the last too, so that only the same records do.
"""

import base64
import gzip
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .reading import Unreadable, data, position, read

RAW, UNREADABLE = "raw", "unreadable"
DIGITS = 60  # more than a sequence number has

Record = Mapping[str, Any]


def runs(records: Sequence[Record]) -> Iterator[list[Record]]:
    """Records of one shard, in their order, cut where the hour changes: what goes into an object each."""
    for _, run in itertools.groupby(records, _hour):
        yield list(run)


def key(run: Sequence[Record]) -> str:
    """The name of the object of a run's readings."""
    return f"{RAW}/{_begin(run)}.jsonl.gz"


def unreadable_key(run: Sequence[Record]) -> str:
    """The name of the object of what is no reading."""
    return f"{UNREADABLE}/{_begin(run)}-{position(run[-1])}.jsonl.gz"


def readable(run: Sequence[Record]) -> bytes:
    """The readings, gzipped, as their sensors sent them; nothing when there is none."""
    # The producer's own text, but for the ends of its lines, of which JSON needs none.
    return _compressed([data(one).strip().replace(b"\r", b" ").replace(b"\n", b" ") for one in run if _is_reading(one)])


def unreadable(run: Sequence[Record]) -> bytes:
    """What is no reading, gzipped; nothing when all are."""
    rest = [one for one in run if not _is_reading(one)]
    return _compressed([json.dumps({"Data": base64.b64encode(data(one)).decode()}).encode() for one in rest])


def number(record: Record) -> str:
    """The record's place in its shard, as text that sorts as the places do."""
    return position(record).zfill(DIGITS)


def shard(record: Record) -> str:
    """The record's shard."""
    return str(record["eventID"]).split(":")[0]


def _begin(run: Sequence[Record]) -> str:
    return f"{_hour(run[0])}/{shard(run[0])}-{position(run[0])}"


def _is_reading(record: Record) -> bool:
    try:
        read(record)
    except Unreadable:
        return False
    return True


def _hour(record: Record) -> str:
    arrived = datetime.fromtimestamp(record["kinesis"]["approximateArrivalTimestamp"], UTC)
    return arrived.strftime("year=%Y/month=%m/day=%d/hour=%H")


def _compressed(lines: Sequence[bytes]) -> bytes:
    # No time in the header: the same lines give the same bytes.
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0) if lines else b""
