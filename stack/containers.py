"""Target docker: every box a container, by docker-compose.yml."""

from contextlib import AbstractContextManager, suppress

from cloud.errors import Unavailable
from cloud.wait import until
from stack import compose, container, engine, ports, targets
from stack.errors import StackError
from stack.progress import Progress
from stack.runner import BoxState, Runner
from stack.settings import Settings

PATIENCE = 180
"""Seconds that all containers together may take until they are healthy."""
ALIASES = {"emulator": ("localstack", "ministack"), "bootstrap": ("bootstrap", "keeper")}
"""What a box of target local is called here."""
WELL = frozenset({"healthy", "done"})


class Containers(Runner):
    """The stack as containers of this machine's engine."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def running(self) -> bool:
        return any(found["State"]["Status"] in {"running", "restarting"} for found in self._containers())

    def start(self, progress: Progress) -> None:
        compose.write_files(self.settings)
        if not self._containers():
            ports.check_free(self.settings.ports, self._published())
        before = _image_id()
        progress.say("bringing the image up to date" if before else "building the image; once, about a minute")
        self._build(progress)
        progress.say("starting the containers")
        self._up(progress)
        if before and before != _image_id():
            engine.run("docker", "image", "rm", before)

    def stop(self) -> None:
        self._compose("down", "--remove-orphans", "--timeout", "20", what="stopping")

    def forget(self) -> None:
        compose.write_files(self.settings)
        self._compose("down", "--remove-orphans", "--volumes", "--timeout", "20", what="forgetting the state")
        if compose.is_the_clones_own(self.settings):  # one beside it leaves the image to it
            engine.run("docker", "image", "rm", "--force", compose.image())
            compose.forget_by_hand()

    def states(self) -> list[BoxState]:
        return [container.box(found) for found in self._containers()]

    def follow(self, names: list[str], lines: int, forever: bool) -> None:
        present = {container.service(found) for found in self._containers()}
        wanted = [alias for name in names for alias in ALIASES.get(name, (name,)) if alias in present]
        command = ["logs", "--tail", str(lines), *(["--follow"] if forever else []), *wanted]
        variables = compose.variables(self.settings)
        engine.run(*compose.command(self.settings), *command, environ=variables, quiet=False)

    def kill(self, name: str) -> None:
        wanted = ALIASES.get(name, (name,))[-1]
        for found in self._containers():
            if container.service(found) == wanted:
                # Not `docker kill`: after that the engine leaves the container down, taking it for the user's wish.
                engine.run("docker", "exec", found["Id"], "sh", "-c", "kill -9 -1")
                return
        raise StackError(f"{name} does not run")

    def _build(self, progress: Progress) -> None:
        with self._begun("build", "gateway") as build:
            for line in build.lines():
                progress.passing("image", line)
            if build.wait():
                raise StackError(f"the image could not be built:\n{engine.last_lines(build.said())}")

    def _up(self, progress: Progress) -> None:
        """Compose itself waits for some boxes before it starts others; all the while the boxes are asked."""
        ready: set[str] = set()
        scale = ("--scale", f"worker={self.settings.workers}")
        with self._begun("up", "--detach", "--no-build", "--remove-orphans", *scale) as begun:

            def settled() -> bool:
                well = self._all_healthy(progress, ready)
                return begun.poll() not in {None, 0} or (well and begun.poll() == 0)

            with suppress(Unavailable):
                until(settled, PATIENCE, interval=0.3)
            if begun.poll() == 0 and self._all_healthy(progress, ready):
                return
            said = engine.last_lines(begun.said())
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
        return "\n".join(f"{box.name} is not healthy: {box.health}. Its log ends with:\n{_tail(box)}" for box in sick)

    def _containers(self) -> list[container.Container]:
        return container.of_project(compose.project(self.settings))

    def _begun(self, *arguments: str) -> AbstractContextManager[engine.Begun]:
        return engine.begun(*compose.command(self.settings), *arguments, environ=compose.variables(self.settings))

    def _compose(self, *arguments: str, what: str) -> None:
        done = engine.run(*compose.command(self.settings), *arguments, environ=compose.variables(self.settings))
        if done.returncode:
            raise StackError(f"{what} failed:\n{engine.last_lines(done.stdout + done.stderr)}")

    def _published(self) -> list[str]:
        used = targets.answerers(self.settings).values()
        emulators = ["emulator", "ministack"] if targets.LOCALSTACK in used else ["emulator"]
        return ["site", "gateway", "worker", "identity", *emulators]


def _image_id() -> str:
    return engine.run("docker", "image", "inspect", "--format", "{{.Id}}", compose.image()).stdout.strip()


def _tail(box: BoxState) -> str:
    done = engine.run("docker", "logs", "--tail", "20", box.where)
    return engine.last_lines(done.stdout + done.stderr)
