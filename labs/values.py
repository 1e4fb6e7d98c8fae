"""What every resource has, values that are known only once something exists, and IAM statements about them.

A lab's wiring imports them from labs.declare, with everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """What all resources have: the logical id, unique within the lab."""

    logical_id: str


@dataclass(frozen=True)
class Ref:
    """The physical name of another resource of the lab: a table's name, a queue's URL, a user pool's id."""

    logical_id: str


@dataclass(frozen=True)
class GetAtt:
    """An attribute of another resource of the lab, "Arn" for example."""

    logical_id: str
    attribute: str


@dataclass(frozen=True)
class Sub:
    """Text with ${LogicalId}, ${LogicalId.Attribute}, ${AWS::Region} or ${AWS::AccountId} in it."""

    text: str


Value = str | Ref | GetAtt | Sub


def may(action: str | tuple[str, ...], *resources: Value) -> Mapping[str, Any]:
    """An IAM statement that allows an action, or several, on resources."""
    return {"Effect": "Allow", "Action": action, "Resource": resources}
