"""The resources that the workshop has its participants build, by name: created where missing, removed where there.

Everything may be repeated, and returns when what it has done can be used.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

from botocore.exceptions import ClientError

from .aws import client
from .delivery import Delivery
from .settings import Settings
from .unicorn import Unicorn

STREAM, SUMMARIES = "wildrydes", "wildrydes-summary"
PROCESSOR, AGGREGATOR = "WildRydesStreamProcessor", "WildRydesAggregator"
PATIENCE = 60.0  # seconds until a resource must be there
HERE = Path(__file__).parent
_READS_STREAMS = "arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole"
_GONE = (
    "ResourceNotFoundException",
    "ParameterNotFound",
    "NoSuchEntity",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
)


def keep(parameter: str, value: str) -> None:
    """Write a parameter of Systems Manager."""
    client("ssm").put_parameter(Name=parameter, Value=value, Type="String", Overwrite=True)


def forget(parameter: str) -> None:
    """Delete it."""
    _if_there(client("ssm").delete_parameter, Name=parameter)


def stream(name: str) -> None:
    """A stream of one shard."""
    if _if_there(client("kinesis").describe_stream_summary, StreamName=name) is None:
        client("kinesis").create_stream(StreamName=name, ShardCount=1)
    client("kinesis").get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def remove_stream(name: str) -> None:
    """Delete a stream and whatever reads it by fan-out."""
    _if_there(client("kinesis").delete_stream, StreamName=name, EnforceConsumerDeletion=True)
    _until(lambda: _if_there(client("kinesis").describe_stream_summary, StreamName=name) is None, f"{name} to be gone")


def arn_of(name: str) -> str:
    """A stream's ARN."""
    return str(client("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"])


def consumer(name: str, consumer_name: str) -> str:
    """A registered consumer of a stream; returns its ARN."""
    which = {"StreamARN": arn_of(name), "ConsumerName": consumer_name}
    if _if_there(client("kinesis").describe_stream_consumer, **which) is None:
        client("kinesis").register_stream_consumer(**which)

    def active() -> Any:
        described = client("kinesis").describe_stream_consumer(**which)["ConsumerDescription"]
        return described["ConsumerARN"] if described["ConsumerStatus"] == "ACTIVE" else None

    return str(_until(active, f"{consumer_name} to be active"))


def remove_consumer(name: str, consumer_name: str) -> None:
    """Deregister a consumer."""
    if _if_there(client("kinesis").describe_stream_summary, StreamName=name):
        which = {"StreamARN": arn_of(name), "ConsumerName": consumer_name}
        _if_there(client("kinesis").deregister_stream_consumer, **which)
        _until(
            lambda: _if_there(client("kinesis").describe_stream_consumer, **which) is None, "the consumer to be gone"
        )


def table(name: str, hash_key: str, range_key: str) -> None:
    """A table with two keys of text."""
    keys = {hash_key: "HASH", range_key: "RANGE"}
    client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        BillingMode="PAY_PER_REQUEST",
    )
    client("dynamodb").get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def remove_table(name: str) -> None:
    """Delete a table."""
    _if_there(client("dynamodb").delete_table, TableName=name)
    client("dynamodb").get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def queue(name: str) -> str:
    """A queue; returns its ARN."""
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return str(attributes["QueueArn"])


def empty_queue(name: str) -> None:
    """Delete what is in a queue, if it exists."""
    if found := _if_there(client("sqs").get_queue_url, QueueName=name):
        client("sqs").purge_queue(QueueUrl=found["QueueUrl"])


def remove_queue(name: str) -> None:
    """Delete a queue."""
    if found := _if_there(client("sqs").get_queue_url, QueueName=name):
        client("sqs").delete_queue(QueueUrl=found["QueueUrl"])


def function(name: str, handler: str, table_name: str) -> None:
    """A function with the lab's code as it is now, and its role."""
    client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=_role(name, table_name),
        Handler=f"wild_rydes.handlers.{handler}.handler",
        Code={"ZipFile": code()},
        Timeout=60,
        Environment={"Variables": {"TABLE_NAME": table_name}},
    )
    client("lambda").get_waiter("function_active_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def remove_function(name: str) -> None:
    """Delete a function."""
    _if_there(client("lambda").delete_function, FunctionName=name)


def mapping(function_name: str, source: str, properties: Settings) -> str:
    """Map a function to a stream's, or a consumer's, records from now on; returns the mapping's UUID."""
    answer = client("lambda").create_event_source_mapping(
        FunctionName=function_name, EventSourceArn=source, StartingPosition="LATEST", **properties
    )
    _enabled(answer["UUID"])
    return str(answer["UUID"])


def change_mapping(uuid: str, properties: Settings) -> None:
    """Change a mapping."""
    client("lambda").update_event_source_mapping(UUID=uuid, **properties)
    _enabled(uuid)


def remove_mappings(function_name: str) -> None:
    """Delete all mappings of a function, whatever their source."""
    found = client("lambda").list_event_source_mappings(FunctionName=function_name)["EventSourceMappings"]
    for one in found:
        _if_there(client("lambda").delete_event_source_mapping, UUID=one["UUID"])
        _until(partial(_has_no_mapping, one["UUID"]), "the mapping to be gone")


def _has_no_mapping(uuid: str) -> bool:
    return _if_there(client("lambda").get_event_source_mapping, UUID=uuid) is None


def fill(table_name: str, rows: int) -> None:
    """Put so many good readings into the stream, and wait until the table holds them."""
    unicorn = Unicorn("Shadowfax", Random())
    now = time.time()
    readings = [unicorn.report(now - rows + number) for number in range(rows)]
    Delivery(client("kinesis"), STREAM, Event(), lambda: None).put(readings)
    _until(lambda: client("dynamodb").scan(TableName=table_name, Select="COUNT")["Count"] >= rows, f"{rows} rows")


def code() -> bytes:
    """The lab as a zip file for Lambda, the package's folder at its top."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(HERE.rglob("*.py")):
            if path.name != "lab.py":
                archive.write(path, path.relative_to(HERE.parent))
    return packed.getvalue()


def _role(name: str, table_name: str) -> str:
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    found = _if_there(client("iam").get_role, RoleName=name) or client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=_policy(trusted)
    )
    allowed = {
        "Effect": "Allow",
        "Action": ["dynamodb:BatchWriteItem", "dynamodb:PutItem", "sqs:SendMessage"],
        "Resource": [f"arn:aws:dynamodb:*:*:table/{table_name}", "arn:aws:sqs:*:*:wildrydes-queue"],
    }
    client("iam").put_role_policy(RoleName=name, PolicyName="workshop", PolicyDocument=_policy(allowed))
    client("iam").attach_role_policy(RoleName=name, PolicyArn=_READS_STREAMS)
    return str(found["Role"]["Arn"])


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _enabled(uuid: str) -> None:
    _until(
        lambda: client("lambda").get_event_source_mapping(UUID=uuid)["State"] == "Enabled", "the mapping to be enabled"
    )


def _if_there(call: Callable[..., Any], **arguments: Any) -> Any:
    """What a call answers, None when what it is about does not exist."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            return None
        raise


def _until(condition: Callable[[], Any], what: str) -> Any:
    """What the condition returns once that is true. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:.0f} s for {what}")
        Event().wait(0.1)
    return found
