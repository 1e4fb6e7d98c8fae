"""The source: SQS queues, as far as pollers and mappings need them.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
A queue has no shards; it is presented with as many as it has pollers, which replicas share like shards.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from cloud.errors import error_code
from services.worker.mappings.sources import name_of
from services.worker.polling.source import Shard

POLLERS = 2  # per mapping, in all replicas together; each of them has several batches in hand at once

_MISSING = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})
_AT_ONCE = 10  # messages that one call receives or deletes
_THREADS = 256

T = TypeVar("T")


class Queues:
    """Queues by their ARNs, through a boto3 SQS client. Methods raise botocore's errors."""

    def __init__(self, sqs: Any) -> None:
        self.sqs = sqs
        self._urls: dict[str, str] = {}  # a queue that is made again has the URL it had
        # Long polls wait in threads of their own, so that they never keep other calls from theirs.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sqs")

    async def created(self, arn: str) -> int | None:
        """0 for a queue that exists, None for one that does not: a queue has no past that would matter."""
        return None if await self.visibility(arn) is None else 0

    async def shards(self, arn: str) -> list[Shard]:  # noqa: ARG002 -- as Listed has it
        """One for every poller."""
        return [Shard(f"poller-{number}") for number in range(POLLERS)]

    async def visibility(self, arn: str) -> int | None:
        """The visibility timeout in seconds; None when there is no such queue."""
        try:
            reply = await self._call(
                self.sqs.get_queue_attributes, QueueUrl=await self._url(arn), AttributeNames=["VisibilityTimeout"]
            )
        except ClientError as error:
            if error_code(error) in _MISSING:
                return None
            raise
        return int(reply["Attributes"]["VisibilityTimeout"])

    async def receive(self, arn: str, most: int, wait: int) -> list[dict[str, Any]]:
        """Messages as boto3 returns them, at most ten; wait: seconds to wait for the first one."""
        reply = await self._call(
            self.sqs.receive_message,
            QueueUrl=await self._url(arn),
            MaxNumberOfMessages=min(most, _AT_ONCE),
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = reply.get("Messages", [])
        return messages

    async def delete(self, arn: str, receipts: Sequence[str]) -> None:
        """Messages that are gone already, or came back to the queue meanwhile, are none of the caller's business."""
        url = await self._url(arn)
        for start in range(0, len(receipts), _AT_ONCE):
            some = receipts[start : start + _AT_ONCE]
            entries = [{"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(some)]
            await self._call(self.sqs.delete_message_batch, QueueUrl=url, Entries=entries)

    async def _url(self, arn: str) -> str:
        if arn not in self._urls:
            reply = await self._call(self.sqs.get_queue_url, QueueName=name_of(arn))
            self._urls[arn] = reply["QueueUrl"]
        return self._urls[arn]

    async def _call(self, method: Callable[..., T], **arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: method(**arguments))
