"""A world for the engine that is no AWS: things exist by name, and every call is noted."""

from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from bootstrap.engine import Engine
from bootstrap.kind import Found, differences
from bootstrap.resolve import Attributes, Place
from cloud.errors import Unavailable
from labs import declare
from labs.declare import Bucket, Parameter, Stream


@dataclass
class Things:
    """A kind of resource that lives in a dict. broken: logical ids that cannot be put."""

    service: str
    there: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def find(self, resource: Any) -> Found | None:
        if resource.logical_id not in self.there:
            return None
        now = self.there[resource.logical_id]
        return Found({"Ref": now}, differences({"Value": self.value(resource)}, {"Value": now}))

    def put(self, resource: Any, _found: Found | None) -> Attributes:
        self.note("put", resource)
        if resource.logical_id in self.broken:
            raise Unavailable("it is broken")
        self.there[resource.logical_id] = self.value(resource)
        return {"Ref": self.there[resource.logical_id]}

    def delete(self, resource: Any, _found: Found) -> None:
        self.note("delete", resource)
        del self.there[resource.logical_id]

    def note(self, verb: str, resource: Any) -> None:
        with self.lock:
            self.calls.append((verb, resource.logical_id))

    def value(self, resource: Any) -> str:
        """What makes two of the same name different."""
        return str(resource.Value) if isinstance(resource, Parameter) else resource.logical_id.lower()


@dataclass
class World:
    """Parameters, streams and buckets in one dict."""

    things: Things = field(default_factory=lambda: Things("things"))
    stop: Event = field(default_factory=Event)

    @property
    def engine(self) -> Engine:
        """An engine for this world."""
        kinds = {declare.Parameter: self.things, declare.Stream: self.things, declare.Bucket: Things("buckets")}
        return Engine(kinds, Place("us-east-1"), self.stop)


def parameter(logical_id: str, value: declare.Value) -> Parameter:
    """A parameter."""
    return Parameter(logical_id, Name=logical_id, Value=value)


def stream(logical_id: str) -> Stream:
    """A stream."""
    return Stream(logical_id, Name=logical_id)


def bucket(logical_id: str) -> Bucket:
    """A bucket."""
    return Bucket(logical_id, BucketName=logical_id)
