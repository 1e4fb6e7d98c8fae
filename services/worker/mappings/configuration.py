"""An event source mapping, as it is kept and as Lambda's API answers it.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloud.errors import AwsError
from services.worker.functions import names
from services.worker.functions.names import FunctionName
from services.worker.mappings import settings
from services.worker.mappings.sources import Kind, kind_of, name_of

NOTHING_PROCESSED = "No records processed"


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

    @property
    def kind(self) -> Kind:
        kind = kind_of(self.source_arn)
        assert kind  # mappings of anything else are refused
        return kind

    @property
    def function(self) -> FunctionName:
        return names.parse(self.function_arn.partition(":lambda:")[2])

    @property
    def stream(self) -> str:
        """The name of the stream, table or queue."""
        return name_of(self.source_arn)

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
        return str(self.settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination") or "")

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
            **({"LastProcessingResult": self.last_result} if self.kind.stream else {}),
            "State": self.state,
            "StateTransitionReason": "User action" if self.kind.stream else "USER_INITIATED",
        }


def created(request: Mapping[str, Any], uuid: str, function_arn: str) -> EventSourceMapping:
    """The mapping that a CreateEventSourceMapping request makes; AwsError when it makes no sense."""
    source = str(request.get("EventSourceArn") or "")
    kind = kind_of(source)
    if kind is None:
        raise AwsError("InvalidParameterValueException", "Unrecognized event source.")
    chosen = settings.created(kind, source, request)
    return EventSourceMapping(
        uuid, function_arn, source, chosen, "Creating", request.get("Enabled") is not False, round(time.time(), 3)
    )
