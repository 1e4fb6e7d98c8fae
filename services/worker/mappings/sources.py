"""Event sources: what an ARN names, and what it is called for short.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html (EventSourceArn)
"""

from enum import Enum


class Kind(Enum):
    """What Lambda can poll here."""

    KINESIS = "kinesis"
    FAN_OUT = "kinesis consumer"  # enhanced fan-out: a stream's registered consumer
    DYNAMODB = "dynamodb"
    SQS = "sqs"

    @property
    def stream(self) -> bool:
        """Whether it has shards, positions and an order; a queue has none of them."""
        return self is not Kind.SQS


def kind_of(arn: str) -> Kind | None:
    """What the ARN names; None when it is nothing that can be polled."""
    parts = arn.split(":", 5)
    service, resource = (parts[2], parts[5]) if len(parts) == 6 else ("", "")
    if service == "kinesis" and resource.startswith("stream/"):
        return Kind.FAN_OUT if "/consumer/" in resource else Kind.KINESIS
    if service == "dynamodb" and resource.startswith("table/") and "/stream/" in resource:
        return Kind.DYNAMODB
    return Kind.SQS if service == "sqs" and resource else None


def name_of(arn: str) -> str:
    """The name of the stream, table or queue."""
    resource = arn.split(":", 5)[-1]
    return resource.split("/")[1] if "/" in resource else resource


def stream_arn(arn: str) -> str:
    """The ARN of the stream whose consumer this is; of anything else, the ARN itself."""
    return arn.partition("/consumer/")[0]
