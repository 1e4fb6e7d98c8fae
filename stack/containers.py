"""Target docker: every box a container, by docker-compose.yml."""

import hashlib
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cloud.errors import Unavailable
from cloud.wait import until
from stack import accounts, engine, ports, state, targets
from stack.errors import StackError
from stack.health import missing
from stack.progress import Progress
from stack.runner import BoxState, Runner
from stack.settings import ROOT, Settings

PATIENCE = 180
"""Seconds that all containers together may take until they are healthy."""
LOCALSTACK_IMAGE = "localstack/localstack:4.14.0"
LICENSED_IMAGE = "localstack/localstack-pro:4.14.0"
ORDER = ("site", "gateway", "localstack", "ministack", "lambda", "worker", "bootstrap", "keeper")
ALIASES = {"emulator": ("localstack", "ministack"), "bootstrap": ("bootstrap", "keeper")}
"""What a box of target local is called here."""
WELL = frozenset({"healthy", "done"})
MARK = "# Written by `make up`; the next one overwrites it.\n"


class Containers(Runner):
    """The stack as containers of this machine's engine."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home

    def running(self) -> bool:
        return any(container["State"]["Status"] in {"running", "restarting"} for container in self._containers())

    def start(self, progress: Progress) -> None:
        self._write_files()
        if not self._containers():
            ports.check_free(self.settings.ports, self._published())
        before = self._image_id()
        progress.say("bringing the image up to date" if before else "building the image; once, about a minute")
        self._build(progress)
        progress.say("starting the containers")
        self._up(progress)
        if before and before != self._image_id():
            engine.run("docker", "image", "rm", before)

    def stop(self) -> None:
        self._compose("down", "--remove-orphans", "--timeout", "20", what="stopping")

    def forget(self) -> None:
        self._write_files()
        self._compose("down", "--remove-orphans", "--volumes", "--timeout", "20", what="forgetting the state")
        if self.home == Settings().home:  # a stack beside the clone's own leaves the image to it
            engine.run("docker", "image", "rm", "--force", self.image)
            _remove_marked(ROOT / ".env")

    def states(self) -> list[BoxState]:
        return [self._state(container) for container in self._containers()]

    def follow(self, names: list[str], lines: int, forever: bool) -> None:
        wanted = [alias for name in names for alias in ALIASES.get(name, (name,))]
        present = {_service(container) for container in self._containers()}
        command = ["logs", "--tail", str(lines), *(["--follow"] if forever else [])]
        engine.run(*self.command, *command, *(n for n in wanted if n in present), environ=self.variables, quiet=False)

    def kill(self, name: str) -> None:
        wanted = ALIASES.get(name, (name,))[-1]
        for container in self._containers():
            if _service(container) == wanted:
                # Not `docker kill`: after that the engine leaves the container down, taking it for the user's wish.
                engine.run("docker", "exec", container["Id"], "sh", "-c", "kill -9 -1")
                return
        raise StackError(f"{name} does not run")

    @property
    def image(self) -> str:
        """The image's name: one per clone, shared by all stacks that are started from it."""
        return f"fogbank:{_hash(ROOT)}"

    @property
    def project(self) -> str:
        """Compose's project: one per FOGBANK_HOME."""
        return f"fogbank-{_hash(self.home)}"

    @property
    def command(self) -> tuple[str, ...]:
        """Compose, told which stack it is about."""
        where = ("--env-file", str(self.home / "compose.env"), "--project-directory", str(ROOT))
        return (*engine.compose(), *where, "--file", str(ROOT / "docker-compose.yml"))

    @property
    def variables(self) -> dict[str, str]:
        """What docker-compose.yml is filled in with."""
        addresses = targets.on_this_machine(self.settings)
        needs_localstack = targets.LOCALSTACK in targets.answerers(self.settings).values()
        default_image = LICENSED_IMAGE if self.settings.licensed else LOCALSTACK_IMAGE
        return {
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_PROFILES": "localstack" if needs_localstack else "",
            "FOGBANK_HOME": str(self.home),
            "FOGBANK_IMAGE": self.image,
            "FOGBANK_UID": str(os.getuid() or 10001),
            "FOGBANK_LOCALSTACK_IMAGE": os.environ.get("FOGBANK_LOCALSTACK_IMAGE") or default_image,
            "FOGBANK_LOCALSTACK_SERVICES": targets.localstack_services(self.settings),
            "FOGBANK_MINISTACK_PUBLISHED": addresses[targets.MINISTACK].rsplit(":", 1)[1],
            **self.settings.ports.environment(),
        }

    def environment(self) -> dict[str, str]:
        """What the boxes get; ports are the same inside and outside, so that addresses shown to a browser are right."""
        names = ",".join([*ORDER, *filter(None, [self.settings.allowed_hosts])])
        cognito = targets.answerers(self.settings)["COGNITO_IDENTITY_PROVIDER"]
        return {
            **targets.environment(self.settings, targets.in_the_network(self.settings)),
            "FOGBANK_ALLOWED_HOSTS": names,
            "FOGBANK_BIND": "0.0.0.0",
            "FOGBANK_COGNITO_URL": targets.on_this_machine(self.settings)[cognito].replace("127.0.0.1", "localhost"),
            "FOGBANK_HOME": "/tmp",  # noqa: S108 a container's own
            "FOGBANK_LOG_LEVEL": self.settings.log_level,
        }

    def _write_files(self) -> None:
        state.prepare(self.home)
        state.write_private(self.home / "compose.env", MARK + _lines(self.variables))
        state.write_private(self.home / "boxes.env", _lines(self.environment()))
        state.write_private(self.home / "accounts.env", _lines(accounts.environment(accounts.ensure(self.home))))
        by_hand = ROOT / ".env"
        if self.home == Settings().home and (not by_hand.exists() or _marked(by_hand)):
            state.write_private(by_hand, MARK + _lines(self.variables))

    def _build(self, progress: Progress) -> None:
        with engine.begun(*self.command, "build", "gateway", environ=self.variables) as build:
            for line in build.lines():
                progress.passing("image", line)
            if build.wait():
                raise StackError(f"the image could not be built:\n{engine.last_lines(build.said())}")

    def _up(self, progress: Progress) -> None:
        """Compose itself waits for some boxes before it starts others; all the while the boxes are asked."""
        ready: set[str] = set()
        scale = ("--scale", f"worker={self.settings.workers}")
        command = (*self.command, "up", "--detach", "--no-build", "--remove-orphans", *scale)
        with engine.begun(*command, environ=self.variables) as compose:

            def settled() -> bool:
                well = self._all_healthy(progress, ready)
                return compose.poll() not in {None, 0} or (well and compose.poll() == 0)

            with suppress(Unavailable):
                until(settled, PATIENCE, interval=0.3)
            if compose.poll() == 0 and self._all_healthy(progress, ready):
                return
            said = engine.last_lines(compose.said())
            raise StackError(f"the containers did not all start:\n{said}\n{self._post_mortem()}")

    def _all_healthy(self, progress: Progress, ready: set[str]) -> bool:
        states = self.states()
        for box in states:
            if box.health in WELL and box.where not in ready:
                ready.add(box.where)
                progress.done(box.name, box.address)
            elif box.where not in ready:
                progress.waiting(box.name, box.health)
        return all(box.where in ready for box in states)

    def _post_mortem(self) -> str:
        sick = [box for box in self.states() if box.health not in WELL]
        return "\n".join(
            f"{box.name} is not healthy: {box.health}. Its log ends with:\n{self._tail(box)}" for box in sick
        )

    def _tail(self, box: BoxState) -> str:
        done = engine.run("docker", "logs", "--tail", "20", box.where)
        return "\n".join(f"    {line}" for line in (done.stdout + done.stderr).splitlines()[-20:])

    def _state(self, container: dict[str, Any]) -> BoxState:
        status = container["State"]
        service, address = _service(container), _address(container)
        begun = datetime.fromisoformat(status["StartedAt"][:19] + "+00:00")
        return BoxState(
            service,
            status["Status"],
            container["Name"].lstrip("/"),
            int((datetime.now(UTC) - begun).total_seconds()),
            _health(container, address),
            address.replace("127.0.0.1", "localhost"),
        )

    def _containers(self) -> list[dict[str, Any]]:
        label = f"label=com.docker.compose.project={self.project}"
        ids = engine.run("docker", "ps", "--all", "--quiet", "--filter", label).stdout.split()
        if not ids:
            return []
        # One may have gone since it was listed: the others are still printed.
        found = json.loads(engine.run("docker", "inspect", *ids).stdout or "[]")
        return sorted(found, key=lambda container: (ORDER.index(_service(container)), container["Name"]))

    def _compose(self, *arguments: str, what: str) -> None:
        done = engine.run(*self.command, *arguments, environ=self.variables)
        if done.returncode:
            raise StackError(f"{what} failed:\n{engine.last_lines(done.stdout + done.stderr)}")

    def _image_id(self) -> str:
        return engine.run("docker", "image", "inspect", "--format", "{{.Id}}", self.image).stdout.strip()

    def _published(self) -> list[str]:
        used = targets.answerers(self.settings).values()
        emulators = ["emulator", "ministack"] if targets.LOCALSTACK in used else ["emulator"]
        return ["site", "gateway", "worker", *emulators]


def _service(container: dict[str, Any]) -> str:
    return str(container["Config"]["Labels"].get("com.docker.compose.service", ""))


def _address(container: dict[str, Any]) -> str:
    published = (container["NetworkSettings"]["Ports"] or {}).values()
    numbers = [binding["HostPort"] for bindings in published for binding in bindings or []]
    return f"http://127.0.0.1:{numbers[0]}" if numbers else ""


def _health(container: dict[str, Any], address: str) -> str:
    """Asked at the box itself: the engine's own probes come only every few seconds."""
    status, service = container["State"], _service(container)
    if service == "bootstrap" and status["Status"] == "exited":
        return "done" if status["ExitCode"] == 0 else f"ended with {status['ExitCode']}"
    if status["Status"] != "running":
        return f"is {status['Status']}"
    if address:
        return missing(address + ("/_localstack/health" if service == "localstack" else "/health")) or "healthy"
    if status.get("Health", {}).get("Status", "healthy") == "healthy":
        return "healthy" if service != "bootstrap" else "creates what the labs declare"
    done = engine.run("docker", "exec", container["Id"], *container["Config"]["Healthcheck"]["Test"][1:])
    return "healthy" if done.returncode == 0 else done.stderr.strip() or "creates what the labs declare"


def _lines(variables: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def _hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def _marked(path: Path) -> bool:
    with suppress(OSError):
        return path.read_text(encoding="utf-8").startswith(MARK)
    return False


def _remove_marked(path: Path) -> None:
    if _marked(path):
        path.unlink()
