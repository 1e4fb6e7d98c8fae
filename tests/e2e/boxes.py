"""The stack under test: a stack apart, on ports that nothing else uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stack import apart
from stack.apart import docker_answers

__all__ = ["PORTS", "Stack", "docker_answers"]

PORTS = {
    "FOGBANK_SITE_PORT": "19080",
    "FOGBANK_GATEWAY_PORT": "19000",
    "FOGBANK_WORKER_PORT": "19010",
    "FOGBANK_EMULATOR_PORT": "19566",
    "FOGBANK_MINISTACK_PORT": "19567",
    "FOGBANK_QUERY_PORT": "19569",
    "FOGBANK_ANALYTICS_PORT": "19570",
    "FOGBANK_IDENTITY_PORT": "19568",
    "FOGBANK_SHORTEST_TOKEN_SECONDS": "1",
}


@dataclass
class Stack(apart.Stack):
    """A stack in FOGBANK_HOME home. target: "local" or "docker"."""

    ports: Mapping[str, str] = field(default_factory=PORTS.copy)
