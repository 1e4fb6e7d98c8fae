"""Keeps the labs in being: applies at the start, and again whenever an emulator comes back empty or a lab.py changes.

The file bootstrap.ready in FOGBANK_HOME exists while all that is declared is there.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.engine import Engine
from bootstrap.reach import silent
from bootstrap.resolve import Known
from cloud.errors import FogbankError, Unavailable
from labs import declare
from labs.declare import Lab

INTERVAL = 2.0  # seconds between two looks
IMPATIENT = 0.2  # the same, while something does not answer yet
EDITED = 0.4  # seconds between two looks at files that are published: an edit is there on the next reload

Apply = Callable[[Lab], Known]
Versions = Mapping[str, int]


class Watch:
    """names: the labs' packages. apply: applies one lab. say: shows one line. ready: the heartbeat file."""

    def __init__(
        self, names: Callable[[], list[str]], engine: Engine, apply: Apply, say: Callable[[str], None], ready: Path
    ) -> None:
        self.names = names
        self.engine = engine
        self.apply = apply
        self.say = say
        self.ready = ready
        self.complete: dict[str, tuple[Lab, Known]] = {}
        self.versions: Versions = {}
        self.noted: dict[str, int] = {}
        self.said = ""
        self.pause = INTERVAL

    def run(self, stop: Event) -> None:
        """Watch until stop is set. Nothing that goes wrong ends it: it is said, and tried again."""
        self.ready.unlink(missing_ok=True)
        try:
            while not stop.is_set():
                self.look()
                self._rest(stop, self.pause)
        finally:
            self.ready.unlink(missing_ok=True)

    def look(self) -> bool:
        """Look once, and apply what needs it. True: all that is declared is there."""
        self.pause = IMPATIENT
        try:
            self._look()
        except (FogbankError, ClientError, BotoCoreError) as error:
            self._trouble(str(error))
            return False
        except Exception as error:  # a lab.py that is being edited can fail in any way
            self._trouble(f"{type(error).__name__}: {error}")
            return False
        return True

    def _rest(self, stop: Event, seconds: float) -> None:
        """Wait for the next look, publishing what is edited meanwhile."""
        while seconds > 0 and not stop.wait(min(seconds, EDITED)):
            seconds -= EDITED
            self.publish()

    def publish(self) -> None:
        """Put edited files where they are served from. What fails is noticed by the next look."""
        for lab, known in list(self.complete.values()):
            try:
                for step in self.engine.publish(lab, known):
                    self.say(f"{lab.name}: {step.resource.logical_id} published again")
            except (FogbankError, ClientError, BotoCoreError, OSError) as error:
                self._trouble(str(error))

    def _look(self) -> None:
        """Look after every lab that can be, then raise what is wrong with another."""
        labs, broken = self._labs()
        if quiet := silent(labs, self.engine.kinds):
            raise Unavailable(f"waiting for {' and '.join(quiet)}")
        failed = self._keep_all(labs)
        self.pause = IMPATIENT if failed else INTERVAL
        for error in (*failed, *broken):
            raise error
        self.said = ""
        self.ready.parent.mkdir(parents=True, exist_ok=True)
        self.ready.write_text(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n")

    def _keep_all(self, labs: list[Lab]) -> list[Exception]:
        failed = []
        for lab in labs:
            try:
                self._keep(lab)
            except Exception as error:
                failed.append(error)
        return failed

    def _keep(self, lab: Lab) -> None:
        if self.engine.by_hand(lab):
            self.complete.pop(lab.name, None)  # applied again when it is given back
            return
        applied, known = self.complete.get(lab.name, (None, {}))
        if applied is lab:
            gone = self.engine.missing(lab, known)
            if not gone:
                return
            self.say(f"{lab.name}: {', '.join(gone)} missing: applying again")
        self.ready.unlink(missing_ok=True)
        self.complete.pop(lab.name, None)
        self.complete[lab.name] = (lab, self.apply(lab))

    def _labs(self) -> tuple[list[Lab], list[Exception]]:
        """The labs as their files declare them now, and what is wrong with files that cannot be read."""
        labs, broken, versions = list[Lab](), list[Exception](), dict[str, int]()
        for name in self.names():
            if name in self.versions:  # of a file that is broken, what was read of it last
                versions[name] = self.versions[name]
            try:
                version = (declare.ROOT / name / "lab.py").stat().st_mtime_ns
                self._read(name, version)
                labs.append(declare.load(name))
                versions[name] = version
            except Exception as error:  # the other labs are looked after all the same
                broken.append(error)
        self.versions = versions
        return labs, broken

    def _read(self, name: str, version: int) -> None:
        if self.versions.get(name, version) != version:
            self._changed(name, version)
            if module := sys.modules.get(f"labs.{name}.lab"):  # there is none if it was broken from the start
                importlib.reload(module)

    def _changed(self, name: str, version: int) -> None:
        if self.noted.get(name) != version:  # a file that is broken is read again and again
            self.noted[name] = version
            self.say(f"{name}/lab.py has changed")

    def _trouble(self, text: str) -> None:
        self.ready.unlink(missing_ok=True)
        if text != self.said:
            self.said = text
            self.say(text)
