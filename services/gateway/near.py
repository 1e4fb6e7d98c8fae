"""Who may use what is not for a room: programs on this machine, and containers on the stack's own network.

With FOGBANK_LAN phones reach the gateway. AWS protects its control plane and @connections by the caller's key; here
everybody knows the environment's, test. So it is the socket's own address that counts, and no header, which can lie.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Interface, IPv6Address, ip_address

from cloud.guard import App, Receive, Scope, Send

Network = Callable[[], Iterable[IPv4Interface]]
_CONTROL = "/restapis/"
_FIGURES = "/metrics"
_BODY = b'{"message":"Forbidden"}'


class Near:
    """ASGI middleware: 403 for those from elsewhere who ask for the control plane, the metrics or @connections.

    reserved: whether a path is one of @connections. network: this container's networks; none outside of containers,
    where the network is the room's.
    """

    def __init__(self, app: App, reserved: Callable[[str], bool], network: Network) -> None:
        self.app = app
        self.reserved = reserved
        self.network = network

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_ours(scope["path"]) or self._is_near(scope.get("client")):
            await self.app(scope, receive, send)
        else:
            await _refuse(send)

    def _is_ours(self, path: str) -> bool:
        return path == _FIGURES or path.startswith(_CONTROL) or self.reserved(path)

    def _is_near(self, client: tuple[str, int] | None) -> bool:
        if client is None:  # a socket of this machine's file system
            return True
        try:
            address = ip_address(client[0])
        except ValueError:
            return False
        address = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
        return address.is_loopback or any(address in one.network for one in self.network())


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(_BODY)),
        (b"x-amzn-errortype", b"ForbiddenException"),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})
