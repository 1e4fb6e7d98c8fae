"""Where a batch that was given up is reported: the mapping's on-failure destination, an SQS queue or an SNS topic.

The report says which records it was, not what was in them:
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from services.worker.mappings.configuration import EventSourceMapping
from services.worker.polling.outcome import Condition, Discard, Kind


def failure_report(mapping: EventSourceMapping, shard: str, discard: Discard, now: float) -> dict[str, Any]:
    """The report on a discarded batch, its keys in AWS's order. now: epoch seconds."""
    first, last = discard.batch.records[0], discard.batch.records[-1]
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
        "KinesisBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": first.sequence,
            "endSequenceNumber": last.sequence,
            "approximateArrivalOfFirstRecord": _stamp(first.arrival),
            "approximateArrivalOfLastRecord": _stamp(last.arrival),
            "batchSize": len(discard.batch.records),
            "streamArn": mapping.source_arn,
        },
    }


class Destinations:
    """Sends reports. client: gives a boto3 client by its service's name."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.client = client

    async def send(self, arn: str, body: dict[str, Any]) -> None:
        """Raises botocore's errors."""
        service, name = arn.split(":")[2], arn.rpartition(":")[2]
        text = orjson.dumps(body).decode()
        if service == "sns":
            await asyncio.to_thread(self.client("sns").publish, TopicArn=arn, Message=text)
        else:
            queue = await asyncio.to_thread(self.client("sqs").get_queue_url, QueueName=name)
            await asyncio.to_thread(self.client("sqs").send_message, QueueUrl=queue["QueueUrl"], MessageBody=text)


def _response_context(discard: Discard) -> dict[str, Any]:
    answer = discard.answer
    if discard.condition is Condition.AGE or answer is None or answer.kind is Kind.OVERSIZED:
        return {}
    error = "Unhandled" if answer.kind is Kind.FUNCTION_ERROR else None
    return {"responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": error}}


def _stamp(epoch: float) -> str:
    when = datetime.fromtimestamp(round(epoch, 3), UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"
