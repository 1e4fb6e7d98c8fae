"""How uvicorn serves WebSockets here: as API Gateway does, and without a word about query strings, which hold tokens.

Options for cloud.serve.run; the protocol is uvicorn's own on the websockets library, changed in four points.
"""

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LOG = logging.getLogger(__name__)
LOG.setLevel(logging.WARNING)  # at INFO uvicorn writes the whole address, at DEBUG websockets writes every frame


class Socket(WebSocketsSansIOProtocol):
    """One WebSocket. scope["state"]["is_full"]() says whether its client has left too much unread."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.logger = self.conn.logger = LOG
        self.conn.debug = False
        self.app_state = {**self.app_state, "is_full": self._is_full}

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that ends without a close frame ends with 1006; where there was one, it came first."""
        if self.handshake_complete:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006, "reason": ""})
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops: clients hear 1001, which tells them to come back; uvicorn would say 1012."""
        if self.close_sent or not self.handshake_complete:
            super().shutdown()
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": 1001, "reason": "Going away"})
        self.conn.send_close(1001, "Going away")
        self.close_sent = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    async def send(self, message: Any) -> None:
        """A handshake that was refused with an answer of its own is complete."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True

    def _is_full(self) -> bool:
        return not self.writable.is_set()


def options(message_bytes: int, frame_bytes: int) -> dict[str, Any]:
    """What cloud.serve.run needs to serve WebSockets: limits (beyond them 1009), no pings, no compression."""
    return {
        "ws": Socket,
        "ws_max_size": (message_bytes, frame_bytes),
        "ws_ping_interval": None,  # API Gateway sends none: an idle connection is to be idle
        "ws_per_message_deflate": False,
    }
