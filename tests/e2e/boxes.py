"""The stack under test: a stack apart, on ports that nothing else uses."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from stack import apart
from stack.apart import docker_answers
from stack.settings import Ports
from tests.ports import free_port

__all__ = ["PORTS", "Stack", "docker_answers"]

# A stack that another run left behind, or runs now, keeps its own.
PORTS = {
    **Ports(**{box: free_port() for box in asdict(Ports())}).environment(),
    "FOGBANK_SHORTEST_TOKEN_SECONDS": "1",
}


@dataclass
class Stack(apart.Stack):
    """A stack in FOGBANK_HOME home. target: "local" or "docker"."""

    ports: Mapping[str, str] = field(default_factory=PORTS.copy)
