"""Kinesis: streams. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html"""

from threading import BoundedSemaphore
from typing import Any

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes
from cloud.clients import client
from cloud.errors import Unavailable
from cloud.wait import until
from labs.declare import Stream

_PATIENCE = 60.0  # seconds; LocalStack takes about one for a stream
_OFTEN = 0.05  # seconds between two looks

# AWS, and LocalStack with it, refuses a sixth stream while five are being created.
_creating = BoundedSemaphore(5)


class Streams:
    """AWS::Kinesis::Stream."""

    service = "kinesis"

    def find(self, stream: Stream) -> Found | None:
        answer = unless_missing(
            client("kinesis").describe_stream_summary, "ResourceNotFoundException", StreamName=stream.Name
        )
        if answer is None:
            return None
        summary = answer["StreamDescriptionSummary"]
        actual = {**summary, "ShardCount": summary["OpenShardCount"]}
        declared = {
            "StreamStatus": "ACTIVE",
            "ShardCount": stream.ShardCount,
            "RetentionPeriodHours": stream.RetentionPeriodHours,
        }
        return Found({"Ref": stream.Name, "Arn": summary["StreamARN"]}, differences(declared, actual))

    def put(self, stream: Stream, found: Found | None) -> Attributes:
        with _creating:
            if found is None:
                client("kinesis").create_stream(StreamName=stream.Name, ShardCount=stream.ShardCount)
            summary = _active(stream)
        if summary["OpenShardCount"] != stream.ShardCount:
            client("kinesis").update_shard_count(
                StreamName=stream.Name, TargetShardCount=stream.ShardCount, ScalingType="UNIFORM_SCALING"
            )
        self._retain(stream, summary["RetentionPeriodHours"])
        _active(stream)
        return {"Ref": stream.Name, "Arn": summary["StreamARN"]}

    def delete(self, stream: Stream, _found: Found) -> None:
        client("kinesis").delete_stream(StreamName=stream.Name, EnforceConsumerDeletion=True)
        until(lambda: self.find(stream) is None, _PATIENCE, what=f"stream {stream.Name} to be gone", interval=_OFTEN)

    def _retain(self, stream: Stream, hours: int) -> None:
        if hours == stream.RetentionPeriodHours:
            return
        longer = hours < stream.RetentionPeriodHours
        api = client("kinesis")
        change = api.increase_stream_retention_period if longer else api.decrease_stream_retention_period
        change(StreamName=stream.Name, RetentionPeriodHours=stream.RetentionPeriodHours)


def _active(stream: Stream) -> dict[str, Any]:
    def summary() -> dict[str, Any]:
        answer: dict[str, Any] = client("kinesis").describe_stream_summary(StreamName=stream.Name)[
            "StreamDescriptionSummary"
        ]
        if answer["StreamStatus"] != "ACTIVE":
            raise Unavailable(f"it is {answer['StreamStatus']}")
        return answer

    return until(summary, _PATIENCE, what=f"stream {stream.Name} to be active", interval=_OFTEN)
