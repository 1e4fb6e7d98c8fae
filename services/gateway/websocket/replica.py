"""What this replica of the gateway knows: deployments, the connections that it holds, and the other replicas."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from labs import declare
from services.gateway.outbound import Outbound
from services.gateway.throttle import Admit
from services.gateway.websocket.catalogue import WebSocketCatalogue
from services.gateway.websocket.connection import Connection
from services.gateway.websocket.directory import Directory
from services.gateway.websocket.limits import Limits
from services.gateway.websocket.metrics import WebSocketMetrics
from services.gateway.websocket.peers import Peers
from services.gateway.websocket.routing import Routing


@dataclass(frozen=True)
class Replica:
    """Shared by the sockets and the @connections API. held: by connection id; now: seconds since the epoch.

    admit: whether a throttle lets one more pass, of all replicas.
    """

    catalogue: WebSocketCatalogue
    routing: Routing
    directory: Directory
    peers: Peers
    metrics: WebSocketMetrics
    limits: Limits
    admit: Admit
    now: Callable[[], float]
    held: dict[str, Connection] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a replica is: its region, and the address by which the others reach it."""

    region: str
    address: str


def build(
    labs: Iterable[declare.Lab],
    outbound: Outbound,
    place: Place,
    limits: Limits,
    registry: CollectorRegistry,
    *,
    admit: Admit,
) -> Replica:
    """A replica that serves these labs' WebSocket APIs."""
    metrics = WebSocketMetrics(registry)
    return Replica(
        catalogue=WebSocketCatalogue(labs, outbound.ask, place.region),
        routing=Routing(outbound, metrics, admit, time.time, place.region),
        directory=Directory(outbound.ask, place.address),
        peers=Peers(outbound.http),
        metrics=metrics,
        limits=limits,
        admit=admit,
        now=time.time,
    )
