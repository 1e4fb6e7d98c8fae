"""What all declared resources have. A lab's wiring imports the kinds from labs.declare."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """What all resources have: the logical id, unique within the lab."""

    logical_id: str
