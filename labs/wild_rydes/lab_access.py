"""Wild Rydes' wiring, what its functions have in common: who may read the stream, and how it is mapped to them."""

from typing import Any

from labs.declare import EventSourceMapping, GetAtt, Ref, Sub, may
from labs.wild_rydes.settings import Settings

READINGS = GetAtt("Readings", "Arn")
MAY_READ = may(
    (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:ListShards",
        "kinesis:GetShardIterator",
        "kinesis:GetRecords",
        "kinesis:SubscribeToShard",
    ),
    READINGS,
    Sub("${Readings.Arn}/consumer/*"),
)


def mapping(
    logical_id: str, function: str, properties: Settings, start: str = "TRIM_HORIZON", **more: Any
) -> EventSourceMapping:
    """The readings, mapped to a function; from the first one on where start says nothing else."""
    named = {**properties, "FunctionResponseTypes": tuple(properties.get("FunctionResponseTypes", ()))}
    return EventSourceMapping(
        logical_id, Ref(function), EventSourceArn=READINGS, StartingPosition=start, **named, **more
    )
