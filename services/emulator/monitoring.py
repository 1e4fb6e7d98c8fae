"""What CloudWatch hears of streams: the metrics of namespace AWS/Kinesis by stream, which MiniStack has none of.

Workshops look at them: whether readings come in, how far behind their readers are. A read that found nothing counts for
nothing, or streams that nobody writes to would fill CloudWatch. Latencies are not told: they would be this machine's.
https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
"""

from cloud.cloudwatch import Aggregate

NAMESPACE = "AWS/Kinesis"


class Monitoring:
    """Adds up what happens to streams; somebody else sends the sums."""

    def __init__(self, sums: Aggregate) -> None:
        self.sums = sums

    def put(self, stream: str, size: int) -> None:
        """A PutRecord that was taken. size: bytes of its data."""
        self._incoming(stream, 1, size)
        self._add(stream, "PutRecord.Success", 1)
        self._add(stream, "PutRecord.Bytes", size, "Bytes")

    def put_refused(self, stream: str) -> None:
        """A PutRecord beyond its shard's rate."""
        self._add(stream, "PutRecord.Success", 0)
        self._add(stream, "WriteProvisionedThroughputExceeded", 1)

    def put_many(self, stream: str, sizes: list[int], refused: int) -> None:
        """A PutRecords. sizes: bytes of each record that was taken; refused: records beyond their shard's rate."""
        if sizes:
            self._incoming(stream, len(sizes), sum(sizes))
            self._add(stream, "PutRecords.Bytes", sum(sizes), "Bytes")
        self._add(stream, "PutRecords.Success", float(bool(sizes)))
        self._add(stream, "PutRecords.TotalRecords", len(sizes) + refused)
        self._add(stream, "PutRecords.SuccessfulRecords", len(sizes))
        self._add(stream, "PutRecords.ThrottledRecords", refused)
        if refused:
            self._add(stream, "WriteProvisionedThroughputExceeded", refused)

    def got(self, stream: str, records: int, size: int, age: float) -> None:
        """A GetRecords. size: bytes; age: how far behind the newest record it ends, in ms."""
        if not records:
            return
        self._add(stream, "GetRecords.Success", 1)
        self._add(stream, "GetRecords.Records", records)
        self._add(stream, "GetRecords.Bytes", size, "Bytes")
        self._add(stream, "GetRecords.IteratorAgeMilliseconds", age, "Milliseconds")

    def get_refused(self, stream: str) -> None:
        """A GetRecords beyond its shard's rate."""
        self._add(stream, "GetRecords.Success", 0)
        self._add(stream, "ReadProvisionedThroughputExceeded", 1)

    def _incoming(self, stream: str, records: int, size: int) -> None:
        self._add(stream, "IncomingRecords", records)
        self._add(stream, "IncomingBytes", size, "Bytes")

    def _add(self, stream: str, metric: str, value: float, unit: str = "Count") -> None:
        self.sums.add((("StreamName", stream),), metric, value, unit)
