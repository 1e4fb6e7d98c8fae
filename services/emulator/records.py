"""Reading the records of a shard: where a reader begins, and what a page holds.

MiniStack copies the whole list of records on every call to find what retention has taken: a put costs 1 ms in an empty
stream and 40 ms at 200 000 records, with every other caller waiting. Here a position is a sequence number, and since
numbers grow with time, a time is one too: nothing is searched to find where a reader begins, and what retention has
taken is what comes before a number.
"""

from collections.abc import Iterable, Iterator

from cloud.errors import AwsError
from services.emulator.segment import Record
from services.emulator.sequence import OLDEST, before, before_time, padded

PAGE_BYTES = 10 * 1024 * 1024  # what one GetRecords may return
PAGE_PARTS = 16  # segments that a page is made of: others wait while they are read


def start(kind: object, number: object, timestamp: object, latest: str) -> str:
    """The sequence number that a new iterator comes after.

    kind: ShardIteratorType; number: StartingSequenceNumber; timestamp: Timestamp, seconds since 1970; latest: the
    highest number handed out so far. Raises AwsError as GetShardIterator words it.
    """
    if kind == "TRIM_HORIZON":
        return OLDEST
    if kind == "LATEST":
        return latest
    if kind in {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}:
        given = _given(number, kind)
        return given if kind == "AFTER_SEQUENCE_NUMBER" else before(given)
    if kind == "AT_TIMESTAMP":
        return min(_at(timestamp), latest)
    raise AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{kind}' at 'shardIteratorType' failed to satisfy constraint: Member must"
        " satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
    )


def page(parts: Iterator[Iterable[Record]], limit: int) -> tuple[list[Record], Record | None]:
    """The next records, and the one that comes after them. parts: all that there are, in order.

    At most so many and 10 MiB of data (https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html),
    but always one when there is one.
    """
    found: list[Record] = []
    taken = 0
    for count, part in enumerate(parts):
        for record in part:
            taken += size(record)
            if found and (len(found) == limit or taken > PAGE_BYTES or count >= PAGE_PARTS):
                return found, record
            found.append(record)
    return found, None


def size(record: Record) -> int:
    """How many bytes a record's data has; it is kept in Base64."""
    data: str = record["Data"]
    return len(data) // 4 * 3 - data.count("=", -2)


def millis_behind(waiting: Record | None, now: float) -> int:
    """How far a reader whose next record this is is from the tip, in ms."""
    return max(0, int((now - waiting["ApproximateArrivalTimestamp"]) * 1000)) if waiting else 0


def _given(number: object, kind: object) -> str:
    if not isinstance(number, str) or not number.isdecimal():
        raise AwsError("InvalidArgumentException", f"StartingSequenceNumber {number} is not valid for {kind}")
    return padded(number)


def _at(timestamp: object) -> str:
    if not isinstance(timestamp, int | float):
        raise AwsError("InvalidArgumentException", "Must specify timestamp parameter for iterator of type AT_TIMESTAMP")
    return before_time(float(timestamp))
