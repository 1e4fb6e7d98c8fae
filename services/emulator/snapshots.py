"""The state of all other services on disk: a service's file is written when the service has changed.

Most calls that change something are answered once the file of their service is written: a parameter, a user, a queue or
a message that got 200 is still there after a kill -9. Calls that come in great numbers and can be repeated, or only
move a clock (LOOSE), and what services do by themselves, are written within SNAPSHOT_SECONDS; within SWEEP where a
service holds so much that making its file would hold up all other callers too often.

S3's objects are files of their own and need nothing here; Kinesis and DynamoDB keep journals (kinesis, items).
"""

import asyncio
import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cloud.log import line
from services.emulator import state
from services.emulator.journal import replace

Handler = Callable[..., Awaitable[Any]]

JOURNALED = frozenset({"kinesis", "dynamodb"})
SWEEP = 15.0  # seconds after which all is looked at though nobody called: schedules fire, messages expire
PAUSE = 200  # a service's file is made in at most one part in so many of the time: nobody is answered meanwhile

# Actions that change nothing, by how their names begin.
READS = ("Get", "List", "Describe", "AdminGet", "AdminList", "BatchGet", "Head", "Lookup", "Filter", "Search")
# Actions that change something and are answered before it is on disk.
LOOSE = frozenset(
    {
        "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch", "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch", "InitiateAuth", "AdminInitiateAuth", "RespondToAuthChallenge",
        "AdminRespondToAuthChallenge", "GetId", "PutLogEvents", "PutMetricData", "PutRecord", "PutRecordBatch",
    }
)  # fmt: skip
LOOSE_SERVICES = frozenset({"lambda", "kinesis", "dynamodb"})
# Services whose calls end in other services: a topic's message in queues, an event in its targets, a stack in anything.
SPREADING = frozenset({"sns", "events", "cloudformation", "scheduler"})

_log = logging.getLogger(__name__)


class Snapshots:
    """Writes the services' files. app, persistence: MiniStack's modules; folder: its STATE_DIR."""

    def __init__(self, app: Any, persistence: Any, folder: Path, interval: float) -> None:
        self.app = app
        self.persistence = persistence
        self.folder = folder
        self.interval = interval
        self._failures: dict[str, str] = {}  # of services, in words
        self._changed = False
        self._next = 0.0
        self._soonest: dict[str, float] = {}  # when a service's file may be made again, by how long it took
        self._wanted: dict[str, int] = defaultdict(int)  # changes seen of a service's state
        self._saved: dict[str, int] = defaultdict(int)  # how many of them are on disk
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._digests: dict[str, bytes] = {}

    @property
    def failed(self) -> str | None:
        """What could not be written, in words; None when all is well."""
        return next(iter(self._failures.values()), None)

    def install(self) -> None:
        """Stand between MiniStack's dispatcher and its services, and in the place of its own saving."""
        for service, handler in list(self.app.SERVICE_HANDLERS.items()):
            self.app.SERVICE_HANDLERS[service] = self.watched(service, handler)
        self.app.save_all = self.save_all

    def watched(self, service: str, handler: Handler) -> Handler:
        """The service's handler, which answers once what it changed is on disk."""

        async def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
            reply = await handler(method, path, headers, body, query)
            action = action_of(headers, body, query)
            if changes(service, method, action):
                self.touch()
                if reply[0] < 300 and not loose(service, path, action):
                    await self.commit(*self._keys(service))
            return reply

        return handle

    def touch(self) -> None:
        """Something may have changed somewhere."""
        self._changed = True

    async def commit(self, *keys: str) -> None:
        """Return when the state of these services, as it is now, is on disk. Calls at the same time share a write."""
        for key in keys:
            self._wanted[key] += 1
            mine = self._wanted[key]
            async with self._locks[key]:
                if self._saved[key] < mine:
                    await self._write(key)

    async def look(self) -> None:
        """Write what has changed since the last look; called again and again."""
        started = time.monotonic()
        sweep = started >= self._next
        if not (sweep or self._changed):
            return
        self._changed = False
        for key in self._states():
            if not sweep and started < self._soonest.get(key, 0.0):
                self._changed = True
                continue
            try:
                async with self._locks[key]:
                    await self._write(key)
            except Exception as error:  # the others' state is kept all the same; health says what is not
                self._changed = True
                _log.error(line("state not kept", service=key, error=error))
            await asyncio.sleep(0)  # whoever waits comes before the next service
        if sweep:
            self._next = time.monotonic() + SWEEP

    def save_all(self, states: Mapping[str, Callable[[], Any]]) -> None:
        """In the place of MiniStack's function of that name, which it calls when it stops."""
        for key, get_state in states.items():
            try:
                text = state.encode(self.persistence, key, get_state)
                if text is not None:
                    replace(self._path(key), text)
            except Exception as error:  # the others' state is saved all the same
                _log.error(line("state not saved", service=key, error=error))

    async def _write(self, key: str) -> None:
        try:
            await self._renew(key)
        except Exception as error:
            self._failures[key] = f"{key}.json cannot be written: {getattr(error, 'strerror', None) or error}"
            raise
        self._failures.pop(key, None)

    async def _renew(self, key: str) -> None:
        get_state = self._states().get(key)
        version = self._wanted[key]
        began = time.thread_time()
        text = state.encode(self.persistence, key, get_state) if get_state else None
        self._soonest[key] = time.monotonic() + PAUSE * (time.thread_time() - began)
        if text is not None:
            digest = hashlib.blake2b(text, digest_size=16).digest()
            if digest != self._digests.get(key):
                await asyncio.to_thread(replace, self._path(key), text)
                self._digests[key] = digest
        self._saved[key] = version

    def _states(self) -> dict[str, Callable[[], Any]]:
        states: dict[str, Callable[[], Any]] = self.app._build_persistence_save_dict()
        return {key: get_state for key, get_state in states.items() if key not in JOURNALED}

    def _keys(self, service: str) -> list[str]:
        if service in SPREADING:
            return list(self._states())
        entry = self.app.SERVICE_REGISTRY[service]
        return [entry.get("state_key", entry["module"]), *entry.get("sub_modules", ())]

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def action_of(headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]) -> str:
    """The name of the action that a request asks for; empty for the REST protocols, whose paths say it."""
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if "Action" in query:
        return query["Action"][0]
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode("latin-1")).get("Action", [""])[0]
    return ""


def changes(service: str, method: str, action: str) -> bool:
    """Whether a request may change something that is kept here."""
    if service in JOURNALED:
        return False
    if action:
        return action in LOOSE or not action.startswith(READS)
    return method not in {"GET", "HEAD", "OPTIONS"}


def loose(service: str, path: str, action: str) -> bool:
    """Whether a changing request is answered before the change is on disk."""
    an_object = service == "s3" and path.strip("/").count("/") >= 1
    return action in LOOSE or service in LOOSE_SERVICES or an_object
