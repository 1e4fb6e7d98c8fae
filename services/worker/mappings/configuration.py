"""An event source mapping's settings: what a request may say, what is assumed, what Lambda answers.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloud.errors import AwsError
from services.worker.functions import names
from services.worker.functions.names import FunctionName

NOTHING_PROCESSED = "No records processed"
_USER_ACTION = "User action"

# What a stream's mapping answers for settings that the request left out.
_DEFAULTS: dict[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "MaximumRecordAgeInSeconds": -1,
    "MaximumRetryAttempts": -1,
    "BisectBatchOnFunctionError": False,
    "TumblingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "DestinationConfig": {"OnFailure": {}},
}
_DESTINATION_LIMIT = 350  # characters


@dataclass(frozen=True)
class EventSourceMapping:
    """A mapping as kept. settings: the members of its EventSourceMappingConfiguration that requests set."""

    uuid: str
    function_arn: str
    source_arn: str
    settings: dict[str, Any]
    state: str
    enabled: bool
    """What it is to be, Enabled or Disabled, once it is no longer on the way."""
    modified: float
    last_result: str = NOTHING_PROCESSED
    stream_created: int | None = None
    """The stream's creation time, in epoch seconds, when its starting positions were pinned."""
    reason: str = field(default=_USER_ACTION)

    @property
    def function(self) -> FunctionName:
        return names.parse(self.function_arn.partition(":lambda:")[2])

    @property
    def stream(self) -> str:
        """The stream's name."""
        return self.source_arn.partition("/")[2]

    @property
    def batch_size(self) -> int:
        return int(self.settings["BatchSize"])

    @property
    def window(self) -> int:
        """Seconds."""
        return int(self.settings["MaximumBatchingWindowInSeconds"])

    @property
    def factor(self) -> int:
        """ParallelizationFactor: how many batches of a shard may be in hand at once."""
        return int(self.settings.get("ParallelizationFactor", 1))

    @property
    def tumbling(self) -> int:
        """TumblingWindowInSeconds; 0 for none."""
        return int(self.settings.get("TumblingWindowInSeconds", 0))

    @property
    def on_failure(self) -> str:
        """The ARN of the on-failure destination; empty when there is none."""
        return str(self.settings["DestinationConfig"].get("OnFailure", {}).get("Destination") or "")

    def reply(self) -> dict[str, Any]:
        """The EventSourceMappingConfiguration that Lambda's API answers."""
        region, account = self.function_arn.split(":")[3:5]
        return {
            **self.settings,
            "UUID": self.uuid,
            "EventSourceArn": self.source_arn,
            "EventSourceMappingArn": f"arn:aws:lambda:{region}:{account}:event-source-mapping:{self.uuid}",
            "FunctionArn": self.function_arn,
            "LastModified": self.modified,
            "LastProcessingResult": self.last_result,
            "State": self.state,
            "StateTransitionReason": self.reason,
        }


def created(request: Mapping[str, Any], uuid: str, function_arn: str) -> EventSourceMapping:
    """The mapping that a valid CreateEventSourceMapping request makes."""
    settings = {**_DEFAULTS, **_settings(request), "StartingPosition": request["StartingPosition"]}
    if request.get("StartingPositionTimestamp") is not None:
        settings["StartingPositionTimestamp"] = request["StartingPositionTimestamp"]
    _check(settings)
    enabled = request.get("Enabled") is not False
    return EventSourceMapping(
        uuid, function_arn, request["EventSourceArn"], settings, "Creating", enabled, round(time.time(), 3)
    )


def updated(settings: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings after an UpdateEventSourceMapping request; what it does not name stays."""
    merged = {**settings, **_settings(request)}
    _check(merged)
    return merged


def check_start(request: Mapping[str, Any]) -> None:
    """A stream's mapping must say where it starts."""
    position, stamp = request.get("StartingPosition"), request.get("StartingPositionTimestamp")
    if position is None:
        raise _invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if (position == "AT_TIMESTAMP") != (stamp is not None):
        raise _invalid("StartingPositionTimestamp is required with StartingPosition AT_TIMESTAMP, and only with it.")
    if stamp is not None and float(stamp) > time.time():
        raise _invalid("The StartingPositionTimestamp must not be in the future.")


def _settings(request: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: request[name] for name in _DEFAULTS if request.get(name) is not None}
    if (request.get("FilterCriteria") or {}).get("Filters"):
        given["FilterCriteria"] = request["FilterCriteria"]
    if "DestinationConfig" in given:
        given["DestinationConfig"] = _destinations(given["DestinationConfig"])
    return given


def _destinations(config: Mapping[str, Any]) -> dict[str, Any]:
    if (config.get("OnSuccess") or {}).get("Destination"):
        raise _invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    destination = (config.get("OnFailure") or {}).get("Destination")
    if destination:
        _check_destination(destination)
    return {"OnFailure": {"Destination": destination} if destination else {}}


def _check_destination(arn: str) -> None:
    if len(arn) > _DESTINATION_LIMIT:
        raise _invalid(f"The on-failure destination must not be longer than {_DESTINATION_LIMIT} characters.")
    if arn.split(":")[2:3] not in (["sqs"], ["sns"], ["s3"]) or arn.endswith(".fifo"):
        raise _invalid(
            f"Unsupported on-failure destination: {arn}. It is an S3 bucket, or a standard SQS queue or SNS topic."
        )


def _check(settings: Mapping[str, Any]) -> None:
    age = settings["MaximumRecordAgeInSeconds"]
    if age != -1 and age < 60:
        raise _invalid("MaximumRecordAgeInSeconds must be -1 (infinite) or in range of [60, 604800]")
    if settings.get("FilterCriteria"):
        raise _invalid("FilterCriteria is not supported here.")
    if settings["TumblingWindowInSeconds"] > 0:
        _check_tumbling(settings)


def _check_tumbling(settings: Mapping[str, Any]) -> None:
    if settings["ParallelizationFactor"] > 1:
        raise _invalid("TumblingWindowInSeconds cannot be used with a ParallelizationFactor above 1.")
    if settings.get("FilterCriteria"):
        raise _invalid("TumblingWindowInSeconds cannot be used with FilterCriteria.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
