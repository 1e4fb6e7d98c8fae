"""The records of tables' streams, mended: MiniStack keeps a day of them in memory and forgets them at its end.

Here each stream's records are a list whose older part is on disk (long_list); the newest are also in the journal of the
items, in the line of the write that made them (items). MiniStack looks for a sequence number by going through all
records, and removes the expired one by one; here both places are found by bisection, since the numbers only grow, also
when the machine's clock is set back. A closed stream is kept likewise, and not in dynamodb.json.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from services.emulator.long_list import sweep
from services.emulator.patch import put
from services.emulator.table_records import Numbers, Records, number_of

RETENTION = 24 * 60 * 60  # seconds
_AT, _AFTER = "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"


class TableStreams:
    """The mend. dynamodb, reading: MiniStack's modules dynamodb and dynamodb_streams; folder: of the lists.

    added: is told of each new record, as text.
    """

    added: Callable[[bytes], None]

    def __init__(self, dynamodb: Any, reading: Any, folder: Path) -> None:
        self.dynamodb = dynamodb
        self.reading = reading
        self.folder = folder
        self.numbers = Numbers()
        self._unknown: set[Path] = set()

    def install(self) -> None:
        """Replace MiniStack's functions. Raises ConfigError when one of them is gone."""
        put(self.dynamodb, "_next_stream_seq", self.numbers.issue)
        put(self.dynamodb, "_trim_stream_records", lambda *_, **__: None)
        put(self.dynamodb, "closed_stream", self.closed)
        self._iterator = put(self.reading, "_get_shard_iterator", self.get_shard_iterator)

    def ready(self, name: str) -> None:
        """A table may be about to get a record, in the account and region of the request."""
        if name not in self.dynamodb._stream_records:
            table = self.dynamodb._tables.get(name)
            if table and _arn(table):
                self.dynamodb._stream_records[name] = self._records(_arn(table))

    def closed(self, arn: str) -> Any:
        """In the place of MiniStack's function of that purpose: a closed stream, or None."""
        self.dynamodb._sweep_closed_streams()
        return self.dynamodb._closed_streams.get(arn)

    def get_shard_iterator(self, request: dict[str, Any]) -> Any:
        """GetShardIterator: a sequence number's place is found by bisection."""
        kind, number = request.get("ShardIteratorType"), request.get("SequenceNumber")
        if kind not in {_AT, _AFTER} or not isinstance(number, str) or not number:
            return self._iterator(request)
        reply = self._iterator({**request, "ShardIteratorType": "TRIM_HORIZON"})
        if reply[0] >= 300:
            return reply
        of = self.reading._decode_iterator(orjson.loads(reply[2])["ShardIterator"])
        records = self._read(of)
        place = records.place(number) if records else 0
        if not records or place == records.end or number_of(records[place - records.start]) != number:
            text = f"Sequence number {number} not found on stream"
            return self.reading.error_response_json("TrimmedDataAccessException", text, 400)
        scope = {"account_id": of["a"], "region": of["r"], "stream_arn": of["arn"]}
        iterator = self.reading._encode_iterator(of["t"], of["s"], place + (kind == _AFTER), **scope)
        return self.reading.json_response({"ShardIterator": iterator})

    def load(self) -> dict[str, Records]:
        """The records of every stream that is on disk, by ARN; to be put where MiniStack looks for them."""
        found = {}
        for (account, region, name), table in self.dynamodb._tables.all_items():
            if arn := _arn(table):
                found[arn] = self._records(arn)
                self.dynamodb._stream_records.set_scoped(account, region, name, found[arn])
        for (_, _, arn), closed in self.dynamodb._closed_streams.all_items():
            found[arn] = self._records(arn)
            if closed["records"]:  # from a dynamodb.json that held them
                found[arn].resume(closed["trimmed"], closed["records"])
            closed["records"] = found[arn]
        return found

    def loaded(self) -> None:
        """All that earlier runs had is there: go on from it."""
        for records in self._all():
            if records:
                self.numbers.observe(number_of(records[-1]))
        self.forget_expired()

    def state(self) -> Any:
        """The closed streams as dynamodb.json holds them, without their records."""
        streams = self.dynamodb._closed_streams
        bare = type(streams)()
        for (account, region, arn), closed in streams.all_items():
            bare.set_scoped(account, region, arn, {**closed, "records": []})
        return bare

    def tails(self) -> Iterator[tuple[str, int, list[bytes]]]:
        """What is not on disk: a stream's ARN, the position of the first, and the records as text."""
        for records in self._all():
            yield (records.arn, *records.newest())

    def spill(self) -> None:
        """Write what memory should not hold; called from a thread. Raises OSError when the disk does not take it."""
        for records in self._all():
            records.spill()

    def forget_expired(self) -> None:
        """Let go of records older than a day, and of the files of streams that are no more."""
        horizon = f"{int(max(0.0, self.numbers.clock() - RETENTION) * 1000):020d}"
        streams = self.dynamodb._stream_records
        for records in self._all():
            records.forget(records.place(horizon))
        for (account, region, name), records in streams.all_items():
            self.dynamodb._stream_trimmed.set_scoped(account, region, name, getattr(records, "start", 0))
        for closed in self.dynamodb._closed_streams.all_values():
            closed["trimmed"] = closed["records"].start
        self._unknown = sweep(self.folder, {records.folder for records in self._all()}, self._unknown)

    def clear(self) -> None:
        """All were deleted."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _records(self, arn: str) -> Records:
        return Records(arn, self.folder, self.added)

    def _read(self, of: dict[str, Any]) -> Any:
        """The records that an iterator of MiniStack's is about."""
        scope = {"account_id": of["a"], "region": of["r"]}
        info = self.reading._enabled_stream_info(of["t"], **scope)
        if info and info["StreamArn"] == of["arn"]:
            return self.dynamodb._stream_records.get_scoped(of["a"], of["r"], of["t"])
        return self.closed(of["arn"])["records"]

    def _all(self) -> list[Records]:
        closed = [stream["records"] for stream in self.dynamodb._closed_streams.all_values()]
        return [one for one in (*self.dynamodb._stream_records.all_values(), *closed) if isinstance(one, Records)]


def _arn(table: Any) -> str:
    """The ARN of a table's stream, "" when it has none that is enabled."""
    enabled = (table.get("StreamSpecification") or {}).get("StreamEnabled")
    return table.get("LatestStreamArn") or "" if enabled else ""
