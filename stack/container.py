"""One container, as the engine describes it, read as a box."""

import json
from datetime import UTC, datetime
from typing import Any

from stack import engine
from stack.compose import ORDER
from stack.health import missing
from stack.runner import BoxState

Container = dict[str, Any]
"""What `docker inspect` says of one."""
CREATES = "creates what the labs declare"


def of_project(project: str) -> list[Container]:
    """A project's containers, in the services' order."""
    label = f"label=com.docker.compose.project={project}"
    ids = engine.run("docker", "ps", "--all", "--quiet", "--filter", label).stdout.split()
    if not ids:
        return []
    # One may have gone since it was listed: the others are still printed.
    found: list[Container] = json.loads(engine.run("docker", "inspect", *ids).stdout or "[]")
    return sorted(found, key=lambda container: (_place(service(container)), container["Name"]))


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def service(container: Container) -> str:
    """The service's name in docker-compose.yml."""
    return str(container["Config"]["Labels"].get("com.docker.compose.service", ""))


def box(container: Container) -> BoxState:
    """The container as `make ps` shows it."""
    status, address = container["State"], _address(container)
    begun = datetime.fromisoformat(status["StartedAt"][:19] + "+00:00")
    return BoxState(
        service(container),
        status["Status"],
        container["Name"].lstrip("/"),
        int((datetime.now(UTC) - begun).total_seconds()),
        _health(container, address),
        address.replace("127.0.0.1", "localhost"),
    )


def _address(container: Container) -> str:
    published = (container["NetworkSettings"]["Ports"] or {}).values()
    numbers = [binding["HostPort"] for bindings in published for binding in bindings or []]
    return f"http://127.0.0.1:{numbers[0]}" if numbers else ""


def _health(container: Container, address: str) -> str:
    """Asked at the box itself: the engine's own probes come only every few seconds."""
    status, name = container["State"], service(container)
    if name == "bootstrap" and status["Status"] == "exited":
        return "done" if status["ExitCode"] == 0 else f"ended with {status['ExitCode']}"
    if status["Status"] != "running":
        return f"is {status['Status']}"
    if name == "bootstrap":
        return CREATES
    if address:
        return missing(address + ("/_localstack/health" if name == "localstack" else "/health")) or "healthy"
    if status["Health"]["Status"] == "healthy":
        return "healthy"
    done = engine.run("docker", "exec", container["Id"], *container["Config"]["Healthcheck"]["Test"][1:])
    return "healthy" if done.returncode == 0 else done.stderr.strip() or CREATES
