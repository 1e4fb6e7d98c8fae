"""A room's phones reach the APIs and nothing else of the gateway."""

from ipaddress import IPv4Interface
from typing import Any

import pytest

from cloud.guard import Receive, Scope, Send
from services.gateway.near import Near
from services.gateway.settings import Settings

CONTAINERS = [IPv4Interface("127.0.0.1/8"), IPv4Interface("172.18.0.5/16")]


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Lets everybody do everything."""
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def status(path: str, client: tuple[str, int] | None, network: list[IPv4Interface]) -> int:
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("nothing is read of who is refused")

    async def send(message: Any) -> None:
        sent.append(message)

    # Whoever lies about the host is not believed.
    scope = {"type": "http", "path": path, "client": client, "headers": [(b"host", b"localhost:8000")]}
    await Near(app, lambda path: "/@connections/" in path, lambda: network)(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize("path", ["/restapis/a/stages/b", "/metrics", "/live/production/@connections/x"])
@pytest.mark.parametrize(
    ("client", "network", "expected"),
    [
        ("127.0.0.1", [], 200),
        ("::1", [], 200),
        ("::ffff:127.0.0.1", [], 200),
        ("192.168.1.30", [], 403),
        ("172.18.0.9", [], 403),
        ("172.18.0.9", CONTAINERS, 200),
        ("192.168.1.30", CONTAINERS, 403),
        ("::ffff:192.168.1.30", CONTAINERS, 403),
        ("fe80::1%eth0", CONTAINERS, 403),
        ("no address", CONTAINERS, 403),
    ],
)
async def test_what_is_no_api_is_for_programs_nearby(
    path: str, client: str, network: list[IPv4Interface], expected: int
) -> None:
    """The control plane, the figures and @connections, by the address of the socket."""
    assert await status(path, (client, 40_000), network) == expected
    assert await status("/alien-attack/v1/config", (client, 40_000), network) == 200
    assert await status("/health", (client, 40_000), network) == 200
    assert await status("/metrics-api/v1/x", (client, 40_000), network) == 200


async def test_a_socket_file_is_of_this_machine() -> None:
    """It has no address."""
    assert await status("/metrics", None, []) == 200


def test_only_a_container_trusts_its_network() -> None:
    """What a laptop is on is the room's."""
    assert Settings(bind="127.0.0.1,192.168.1.20").network() == []
    assert any(one.is_loopback for one in Settings(bind="0.0.0.0").network())
