"""A mapping's settings by kind of source: what may be asked for, what is assumed, and what makes no sense.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
Ranges that Lambda's own model knows (BatchSize 1 to 10000, a window of 0 to 300 seconds, ...) were checked before. The
words are AWS's where they are known.
"""

import time
from collections.abc import Mapping
from typing import Any

from cloud.errors import AwsError
from services.worker.mappings.sources import Kind
from services.worker.polling.filters import criteria
from services.worker.polling.filters.matchers import InvalidPattern

FILTERS = 5  # Lambda's default quota
_DESTINATION_LIMIT = 350  # characters
_EARLIEST = -62_135_596_800  # epoch seconds: the year 1

_STREAM: dict[str, Any] = {
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
_QUEUE: dict[str, Any] = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": []}
# Settings that are there or not: an update with an empty value removes them.
_ANY_OPTIONAL = {"FilterCriteria": "Filters", "MetricsConfig": "Metrics"}
_QUEUE_OPTIONAL = {"ScalingConfig": "MaximumConcurrency", "ProvisionedPollerConfig": "MinimumPollers"}
_START = ("StartingPosition", "StartingPositionTimestamp")
# What only clusters and databases know, of kinds that are not polled here.
_FOREIGN = (
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "Queues",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "Topics",
)


def created(kind: Kind, source_arn: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new mapping. AwsError when the request makes no sense for this source."""
    if kind.stream:
        _check_start(kind, source_arn, request)
    start = {name: request[name] for name in _START if request.get(name) is not None}
    return updated(kind, source_arn, {**(_STREAM if kind.stream else _QUEUE), **start}, request)


def updated(kind: Kind, source_arn: str, old: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings after an update; what the request does not name stays."""
    _refuse_foreign(kind, request)
    settings = {**old}
    for name in _STREAM if kind.stream else _QUEUE:
        if request.get(name) is not None:
            settings[name] = request[name]
    if kind.stream and request.get("DestinationConfig") is not None:
        settings["DestinationConfig"] = _destinations(request["DestinationConfig"])
    for name, member in {**_ANY_OPTIONAL, **({} if kind.stream else _QUEUE_OPTIONAL)}.items():
        if request.get(name) is not None:
            settings.pop(name, None)
            if request[name].get(member):
                settings[name] = request[name]
    _check_filters(settings)
    if kind.stream:
        _check_stream(settings)
    else:
        _check_queue(source_arn, settings)
    return settings


def _check_start(kind: Kind, source_arn: str, request: Mapping[str, Any]) -> None:
    """A stream's mapping must say where it starts."""
    position, stamp = map(request.get, _START)
    if position is None:
        raise _invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if position == "AT_TIMESTAMP" and kind is Kind.DYNAMODB:
        raise _invalid(f"Unsupported starting position for arn type: {source_arn}")
    if (position == "AT_TIMESTAMP") != (stamp is not None):
        raise _invalid("StartingPositionTimestamp is required with StartingPosition AT_TIMESTAMP, and only with it.")
    if stamp is not None and _moment(stamp) > time.time():
        raise _invalid("The StartingPositionTimestamp must not be in the future.")


def _moment(stamp: Any) -> float:
    """Epoch seconds."""
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        raise AwsError("SerializationException", "StartingPositionTimestamp is a number of epoch seconds.")
    if stamp < _EARLIEST:
        raise _invalid("The StartingPositionTimestamp is before the year 1.")
    return float(stamp)


def _refuse_foreign(kind: Kind, request: Mapping[str, Any]) -> None:
    """Settings of other kinds of sources. Empty ones, which some tools send along, ask for nothing."""
    others = _QUEUE_OPTIONAL if kind.stream else [*(name for name in _STREAM if name not in _QUEUE), *_START]
    for name in (*others, *_FOREIGN):
        if request.get(name) in (None, False, [], {}):
            continue
        if name == "DestinationConfig":
            _refuse_destinations(request[name])
            continue
        raise _invalid(f"Unsupported parameter for given event source mapping type: {name}.")


def _refuse_destinations(config: Mapping[str, Any]) -> None:
    if any((end or {}).get("Destination") for end in config.values()):
        raise _invalid("Unsupported DestinationConfig parameter for given event source mapping type.")


def _destinations(config: Mapping[str, Any]) -> dict[str, Any]:
    """An empty destination is none."""
    _refuse_destinations({"OnSuccess": config.get("OnSuccess")})
    arn = (config.get("OnFailure") or {}).get("Destination")
    if not arn:
        return {"OnFailure": {}}
    if len(arn) > _DESTINATION_LIMIT:
        raise _invalid(f"The on-failure destination must not be longer than {_DESTINATION_LIMIT} characters.")
    if arn.split(":")[2:3] not in (["sqs"], ["sns"], ["s3"]) or arn.endswith(".fifo"):
        raise _invalid(
            f"Unsupported on-failure destination: {arn}. It is an S3 bucket, or a standard SQS queue or SNS topic."
        )
    return {"OnFailure": {"Destination": arn}}


def _check_filters(settings: Mapping[str, Any]) -> None:
    filters = (settings.get("FilterCriteria") or {}).get("Filters") or []
    if len(filters) > FILTERS:
        raise _invalid(f"FilterCriteria holds {len(filters)} filters; a mapping may have {FILTERS}.")
    try:
        criteria.check(filters)
    except InvalidPattern as error:
        raise _invalid("Invalid filter pattern definition.") from error


def _check_stream(settings: Mapping[str, Any]) -> None:
    age = settings["MaximumRecordAgeInSeconds"]
    if age != -1 and age < 60:
        raise _invalid("MaximumRecordAgeInSeconds must be -1 (infinite) or in range of [60, 604800]")
    if settings["TumblingWindowInSeconds"] == 0:
        return
    if settings["ParallelizationFactor"] > 1:
        raise _invalid("TumblingWindowInSeconds cannot be used with a ParallelizationFactor above 1.")
    if "FilterCriteria" in settings:
        raise _invalid("TumblingWindowInSeconds cannot be used with FilterCriteria.")


def _check_queue(source_arn: str, settings: Mapping[str, Any]) -> None:
    size, window = settings["BatchSize"], settings["MaximumBatchingWindowInSeconds"]
    if source_arn.endswith(".fifo"):
        if size > 10:
            raise _invalid("BatchSize must not be greater than 10 for a FIFO queue.")
        if window:
            raise _invalid("MaximumBatchingWindowInSeconds is not supported for a FIFO queue.")
    elif size > 10 and not window:
        raise _invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    pollers = settings.get("ProvisionedPollerConfig")
    if pollers and "ScalingConfig" in settings:
        raise _invalid("ScalingConfig and ProvisionedPollerConfig cannot be used together.")
    if pollers and not 2 <= pollers["MinimumPollers"] <= pollers.get("MaximumPollers", 2000):
        raise _invalid("MinimumPollers must be at least 2 and not greater than MaximumPollers.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
