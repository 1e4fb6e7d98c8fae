"""Where a batch that was given up is reported: the mapping's on-failure destination, a queue, a topic or a bucket.

A queue and a topic hear which records it was, not what was in them; a bucket gets the event as well:
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling.outcome import Batch, Condition, Discard, Kind


def failure_report(mapping: EventSourceMapping, shard: str, discard: Discard, now: float) -> dict[str, Any]:
    """The report on a discarded batch, its keys in AWS's order. now: epoch seconds."""
    window = discard.batch.window
    table = mapping.source_arn.split(":")[2] == "dynamodb"
    return {
        "requestContext": {
            "requestId": discard.batch.request_id,
            "functionArn": mapping.function_arn,
            "condition": discard.condition.value,
            "approximateInvokeCount": discard.invocations,
        },
        **_response_context(discard),
        "version": "1.0",
        "timestamp": _stamp(now),
        "DDBStreamBatchInfo" if table else "KinesisBatchInfo": {
            "shardId": shard,
            **_range(discard.batch, _second if table else _stamp),
            "streamArn": mapping.source_arn,
        },
        **({"timeWindowInfo": window.describe()} if window else {}),
    }


class Destinations:
    """Sends reports. client: gives a boto3 client by its service's name."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.client = client

    async def send(
        self, mapping: EventSourceMapping, shard: str, report: dict[str, Any], event: Callable[[], bytes]
    ) -> None:
        """Returns once the mapping's destination has it; raises botocore's errors.

        event: gives the event of the batch that is given up.
        """
        arn = mapping.on_failure
        service, name = arn.split(":")[2], arn.rpartition(":")[2]
        if service == "s3":
            key = object_key(mapping.uuid, shard, report["timestamp"])
            body = orjson.dumps(_with_payload(report, event().decode()))
            await asyncio.to_thread(self._put, name, key, body)
        elif service == "sns":
            await asyncio.to_thread(self.client("sns").publish, TopicArn=arn, Message=orjson.dumps(report).decode())
        else:
            await asyncio.to_thread(self._send, name, orjson.dumps(report).decode())

    def _send(self, queue: str, text: str) -> None:
        url = self.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
        self.client("sqs").send_message(QueueUrl=url, MessageBody=text)

    def _put(self, bucket: str, key: str, body: bytes) -> None:
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/octet-stream")


def object_key(mapping: str, shard: str, stamp: str) -> str:
    """The key of the object that a bucket gets. stamp: the report's timestamp."""
    day, _, moment = stamp.partition("T")
    second = moment.partition(".")[0].replace(":", ".")
    return f"aws/lambda/{mapping}/{shard}/{day.replace('-', '/')}/{day}T{second}-{uuid.uuid4()}"


def _with_payload(report: dict[str, Any], event: str) -> dict[str, Any]:
    """What a bucket gets: the event as text, before the timestamp."""
    whole: dict[str, Any] = {}
    for name, value in report.items():
        whole |= {"payload": event, name: value} if name == "timestamp" else {name: value}
    return whole


def _response_context(discard: Discard) -> dict[str, Any]:
    answer = discard.answer
    if discard.condition is Condition.AGE or answer is None or answer.kind is Kind.OVERSIZED:
        return {}
    error = "Unhandled" if answer.kind is Kind.FUNCTION_ERROR else None
    return {"responseContext": {"statusCode": 200, "executedVersion": answer.version, "functionError": error}}


def _range(batch: Batch, stamp: Callable[[float], str]) -> dict[str, Any]:
    """Which records they were; nothing for a final invocation, which has none."""
    if not batch.records:
        return {}
    first, last = batch.records[0], batch.records[-1]
    return {
        "startSequenceNumber": first.sequence,
        "endSequenceNumber": last.sequence,
        "approximateArrivalOfFirstRecord": stamp(first.arrival),
        "approximateArrivalOfLastRecord": stamp(last.arrival),
        "batchSize": len(batch.records),
    }


def _stamp(epoch: float) -> str:
    when = datetime.fromtimestamp(round(epoch, 3), UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def _second(epoch: float) -> str:
    """Arrivals at a table's stream are known to the second."""
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"
