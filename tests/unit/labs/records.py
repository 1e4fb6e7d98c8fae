"""Stream records as Lambda hands them to a function."""

import base64
import json
from typing import Any


def record(partition_key: str, sequence_number: int | str, data: Any, arrived: float = 1_700_000_000) -> dict[str, Any]:
    """A record of a Kinesis event; data is JSON, or bytes as they are; arrived: seconds since 1970."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return {
        "eventID": f"shardId-000000000000:{sequence_number}",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/AlienAttackInput",
        "kinesis": {
            "partitionKey": partition_key,
            "sequenceNumber": str(sequence_number),
            "data": base64.b64encode(raw).decode(),
            "approximateArrivalTimestamp": float(arrived),
        },
    }


def body(**figures: Any) -> dict[str, Any]:
    """What a gamer posts; figures replace what it says."""
    good = {
        "Timestamp": "2026-11-20T10:00:00.000Z",
        "SessionId": "S261120T100000",
        "Score": 5,
        "Lives": 3,
        "Shots": 1,
        "Level": 1,
    }
    return good | figures
