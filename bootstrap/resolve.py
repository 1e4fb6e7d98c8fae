"""References between a lab's resources: which order they ask for, and what they stand for once things exist.

Follows CloudFormation's Ref, Fn::GetAtt and Fn::Sub.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from cloud.errors import ConfigError
from labs.declare import GetAtt, Lab, Ref, Resource, Sub

ACCOUNT = "000000000000"

Attributes = Mapping[str, str]
"""A resource that exists: {"Ref": ..., "Arn": ...}."""
Known = Mapping[str, Attributes]
"""Logical id -> attributes, of what exists."""

R = TypeVar("R", bound=Resource)
_PLACEHOLDER = re.compile(r"\$\{([^!{}][^{}]*)\}")
_LITERAL = re.compile(r"\$\{!([^{}]*)\}")


@dataclass(frozen=True)
class Place:
    """Where a lab is deployed: what the pseudo parameters stand for."""

    region: str
    account: str = ACCOUNT

    def pseudo(self, name: str) -> str | None:
        """The value of "AWS::Region" and the like; None for anything else."""
        known = {"AWS::Region": self.region, "AWS::AccountId": self.account, "AWS::Partition": "aws"}
        return known.get(name)


def in_order(lab: Lab) -> list[Resource]:
    """The lab's resources, each after all that it refers to, otherwise as declared. ConfigError for what cannot be."""
    placed: dict[str, Resource] = {}
    waiting = list(lab.resources)
    _check(waiting)
    while waiting:
        ready = [resource for resource in waiting if references(resource) <= placed.keys()]
        if not ready:
            circle = ", ".join(resource.logical_id for resource in waiting)
            raise ConfigError(f"lab {lab.name}: these refer to one another in a circle: {circle}")
        placed[ready[0].logical_id] = ready[0]
        waiting.remove(ready[0])
    return list(placed.values())


def references(resource: Resource) -> set[str]:
    """The logical ids of all that a resource refers to."""
    return {logical_id for part in fields(resource) for logical_id in _references(getattr(resource, part.name))}


def resolved(resource: R, known: Known, place: Place) -> R:
    """The resource with every reference replaced by what it stands for. KeyError when that is not known yet."""
    return replace(
        resource, **{part.name: _resolved(getattr(resource, part.name), known, place) for part in fields(resource)}
    )


def _check(resources: Iterable[Resource]) -> None:
    ids = [resource.logical_id for resource in resources]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise ConfigError(f"declared twice: {', '.join(sorted(twice))}")
    for resource in resources:
        if unknown := references(resource) - set(ids):
            raise ConfigError(f"{resource.logical_id} refers to {', '.join(sorted(unknown))}, which is not declared")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Ref | GetAtt):
        yield value.logical_id
    elif isinstance(value, Sub):
        yield from (name.split(".")[0] for name in _PLACEHOLDER.findall(value.text) if not name.startswith("AWS::"))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _references(part)


def _resolved(value: Any, known: Known, place: Place) -> Any:
    match value:
        case Ref(logical_id):
            return known[logical_id]["Ref"]
        case GetAtt(logical_id, attribute):
            return _attribute(logical_id, attribute, known)
        case Sub(text):
            return _LITERAL.sub(r"${\1}", _PLACEHOLDER.sub(lambda found: _named(found[1], known, place), text))
        case Mapping():
            return {name: _resolved(part, known, place) for name, part in value.items()}
        case tuple() | list():
            return tuple(_resolved(part, known, place) for part in value)
    return value


def _named(name: str, known: Known, place: Place) -> str:
    logical_id, _, attribute = name.partition(".")
    return place.pseudo(name) or _attribute(logical_id, attribute or "Ref", known)


def _attribute(logical_id: str, attribute: str, known: Known) -> str:
    attributes = known[logical_id]
    if attribute not in attributes:
        raise ConfigError(f"{logical_id} has no attribute {attribute}; it has {', '.join(attributes)}")
    return attributes[attribute]
