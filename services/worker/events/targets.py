"""Where records of events go: queues, topics, functions, buckets, event buses."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from services.worker.functions import names
from services.worker.functions.names import FunctionName

Accept = Callable[[FunctionName, bytes], Awaitable[str]]


class Targets:
    """client: gives a boto3 client by its service's name; accept, to be set: takes an event for a function."""

    accept: Accept

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.client = client

    async def send(self, arn: str, function: str, body: Mapping[str, Any]) -> None:
        """Send a record about this function to its destination; raises botocore's errors, and AwsError."""
        service, text = arn.split(":")[2], orjson.dumps(body).decode()
        if service == "lambda":
            await self.accept(names.parse(arn), text.encode())
        else:
            await asyncio.to_thread(getattr(self, f"_{service}"), arn, function, body, text)

    async def bury(self, arn: str, payload: bytes, attributes: Mapping[str, Mapping[str, str]]) -> None:
        """Send an event to a dead-letter queue or topic; raises botocore's errors."""
        call = {"MessageAttributes": attributes}
        if arn.split(":")[2] == "sns":
            await asyncio.to_thread(self.client("sns").publish, TopicArn=arn, Message=payload.decode(), **call)
        else:
            await asyncio.to_thread(self._queue, arn, payload.decode(), call)

    def _sqs(self, arn: str, _function: str, _body: Mapping[str, Any], text: str) -> None:
        self._queue(arn, text, {})

    def _sns(self, arn: str, _function: str, _body: Mapping[str, Any], text: str) -> None:
        self.client("sns").publish(TopicArn=arn, Message=text)

    def _s3(self, arn: str, function: str, body: Mapping[str, Any], text: str) -> None:
        day, _, moment = str(body["timestamp"]).partition("T")
        second = moment.partition(".")[0].replace(":", ".")
        key = f"aws/lambda/async/{function}/{day.replace('-', '/')}/{day}T{second}-{uuid.uuid4()}"
        self.client("s3").put_object(Bucket=arn.rpartition(":")[2], Key=key, Body=text.encode())

    def _events(self, arn: str, _function: str, body: Mapping[str, Any], text: str) -> None:
        outcome = "Success" if body["requestContext"]["condition"] == "Success" else "Failure"
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {outcome}",
            "Detail": text,
            "EventBusName": arn.rpartition("/")[2],
            "Resources": [arn, body["requestContext"]["functionArn"]],
        }
        self.client("events").put_events(Entries=[entry])

    def _queue(self, arn: str, text: str, more: Mapping[str, Any]) -> None:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=text, **more)
