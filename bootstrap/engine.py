"""Plan, apply and destroy a lab: its resources in the order that their references ask for, side by side where none is.

Many small calls, each waiting for an answer: eight at once take an empty emulator to a complete lab in a second or two.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Event
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap import ssm
from bootstrap.kind import Found, Kind, Publishes
from bootstrap.kinds import Kinds
from bootstrap.resolve import Attributes, Known, Place, in_order, references, resolved
from cloud.errors import FogbankError, Unavailable
from labs.declare import Lab, Resource

AT_ONCE = 8
CREATE, CHANGE, KEEP, DELETE = "create", "change", "keep", "delete"


@dataclass(frozen=True)
class Step:
    """What is, or was, done with a resource. notes: why, in words."""

    action: str
    resource: Resource
    notes: tuple[str, ...] = ()


Report = Callable[[Step], None]


class Failed(FogbankError):
    """A resource could not be brought into its declared state; says which and why."""


@dataclass(frozen=True)
class Engine:
    """Brings labs into being at one place. stop: when set, nothing new is begun."""

    kinds: Kinds
    place: Place
    stop: Event

    def plan(self, lab: Lab) -> Iterator[Step]:
        """What apply would do, in its order. Changes nothing."""
        known: dict[str, Attributes] = {}
        for resource in in_order(lab):
            missing = references(resource) - known.keys()
            found = None if missing else self._find(resource, known)
            if found is None:
                yield Step(CREATE, resource, tuple(f"after {one}" for one in sorted(missing)))
                continue
            known[resource.logical_id] = found.attributes
            yield Step(CHANGE if found.differences else KEEP, resource, found.differences)

    def apply(self, lab: Lab, report: Report) -> Known:
        """Create what is missing, change what differs, keep the rest; then write the lab's outputs.

        Returns the outputs. Raises Failed for the first resource that does not come into being, Unavailable on stop.
        """
        waiting = in_order(lab)
        known: dict[str, Attributes] = {}
        running: dict[Future[Attributes], Resource] = {}
        with self._threads() as pool:
            while waiting or running:
                if self.stop.is_set():
                    raise Unavailable("stopped before all was there")
                for resource in [one for one in waiting if references(one) <= known.keys()]:
                    waiting.remove(resource)
                    running[pool.submit(self._apply, resource, known, report)] = resource
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    known[running.pop(done).logical_id] = done.result()
        ssm.write_outputs(lab, known)
        return known

    def destroy(self, lab: Lab, report: Report) -> None:
        """Delete what the lab declares and exists, the last first. The outputs go before all else."""
        ssm.delete_outputs(lab)
        known: dict[str, Attributes] = {}
        there: list[tuple[Resource, Found]] = []
        for resource in in_order(lab):
            if references(resource) <= known.keys() and (found := self._find(resource, known)):
                known[resource.logical_id] = found.attributes
                there.append((resource, found))
        for resource, found in reversed(there):
            with _naming(resource):
                self.kind(resource).delete(resolved(resource, known, self.place), found)
            report(Step(DELETE, resource))

    def kind(self, resource: Resource) -> Kind[Any]:
        """What knows how to create such a resource. Failed when nothing does."""
        try:
            return self.kinds[type(resource)]
        except KeyError:
            raise Failed(f"{resource.logical_id}: bootstrap creates no {type(resource).__name__}") from None

    def missing(self, lab: Lab, known: Known) -> list[str]:
        """A cheap look whether an emulator lost its state: the outputs, and the first resource of every service."""
        gone = [] if ssm.outputs(lab) else [ssm.outputs_name(lab)]
        looked: set[str] = {"", "ssm"}
        for resource in lab.resources:
            service = self.kind(resource).service
            if service not in looked:
                looked.add(service)
                gone += [] if self._find(resource, known) else [f"{type(resource).__name__} {resource.logical_id}"]
        return gone

    def publish(self, lab: Lab, known: Known) -> Iterator[Step]:
        """Put again what comes from files that were edited meanwhile; cheap when none was."""
        for resource in lab.resources:
            kind = self.kind(resource)
            if not _publishes(type(kind)):
                continue
            if cast(Publishes, kind).edited(wanted := resolved(resource, known, self.place)):
                with _naming(resource):
                    kind.put(wanted, None)
                yield Step(CHANGE, resource)

    def by_hand(self, lab: Lab) -> bool:
        """Whether somebody builds the lab step by step, and its resources are not bootstrap's to keep."""
        return bool(lab.by_hand) and ssm.exists(lab.by_hand)

    @contextmanager
    def _threads(self) -> Iterator[ThreadPoolExecutor]:
        """Threads that are waited for at the end, unless all is to stop: a call may hang, and may be cut off."""
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="apply")
        try:
            yield pool
        finally:
            pool.shutdown(wait=not self.stop.is_set(), cancel_futures=True)

    def _find(self, resource: Resource, known: Known) -> Found | None:
        with _naming(resource):
            return self.kind(resource).find(resolved(resource, known, self.place))

    def _apply(self, resource: Resource, known: Known, report: Report) -> Attributes:
        kind = self.kind(resource)
        with _naming(resource):
            wanted = resolved(resource, known, self.place)
            found = kind.find(wanted)
            if found and not found.differences and not found.again:
                report(Step(KEEP, resource))
                return found.attributes
            attributes = kind.put(wanted, found)
        action = CREATE if found is None else CHANGE if found.differences else KEEP
        report(Step(action, resource, found.differences if found else ()))
        return attributes


@cache
def _publishes(kind: type[Kind[Any]]) -> bool:
    """Asked several times a second of every resource; to compare a class with a protocol takes 20 us."""
    return issubclass(kind, Publishes)


@contextmanager
def _naming(resource: Resource) -> Iterator[None]:
    """Say of an error which resource it is about."""
    try:
        yield
    except (ClientError, BotoCoreError, Unavailable) as error:
        raise Failed(f"{type(resource).__name__} {resource.logical_id}: {error}") from error
