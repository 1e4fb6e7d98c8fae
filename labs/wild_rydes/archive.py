"""How readings lie in the archive. Pure.

    raw/year=2026/month=11/day=25/hour=18/<shard>-<first sequence number>.jsonl.gz     one reading a line, gzip
    unreadable/year=.../hour=18/<shard>-<first sequence number>.jsonl.gz               {"Data": base64} a line

The hour is that of arrival (UTC). An object is named after its first record, so a batch that comes again replaces what
its first coming wrote: after a crash a shard is read on from one and the same record, whatever the new batch's length.
"""

import base64
import gzip
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .reading import Unreadable, data, position, read

Record = Mapping[str, Any]


def objects(records: Sequence[Record]) -> dict[str, bytes]:
    """Key -> gzipped lines of a batch of a Kinesis event: one object per hour, one more for what is unreadable."""
    groups: dict[tuple[str, str], list[tuple[Record, bytes]]] = defaultdict(list)
    for record in records:
        prefix, line = _line(record)
        groups[prefix, _hour(record)].append((record, line))
    return {
        f"{prefix}/{hour}/{_name(found[0][0])}.jsonl.gz": _compressed([line for _, line in found])
        for (prefix, hour), found in groups.items()
    }


def _line(record: Record) -> tuple[str, bytes]:
    try:
        read(record)
    except Unreadable:
        return "unreadable", json.dumps({"Data": base64.b64encode(data(record)).decode()}).encode()
    # The producer's own text, but for the ends of its lines, of which JSON needs none.
    return "raw", data(record).strip().replace(b"\r", b" ").replace(b"\n", b" ")


def _hour(record: Record) -> str:
    arrived = datetime.fromtimestamp(record["kinesis"]["approximateArrivalTimestamp"], UTC)
    return arrived.strftime("year=%Y/month=%m/day=%d/hour=%H")


def _name(record: Record) -> str:
    shard = str(record["eventID"]).split(":")[0]
    return f"{shard}-{position(record)}"


def _compressed(lines: Sequence[bytes]) -> bytes:
    # No time in the header: the same lines give the same bytes.
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
