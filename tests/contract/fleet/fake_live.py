"""A small fake of the lab's WebSocket API: it tells what is put, and answers who asks for the fleet."""

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import WebSocketRoute

BACK = 30_000  # ms


@dataclass
class FakeLive:
    """A test changes its fields while the page looks. pushes: whether what is put is told; refusal: (error, text)."""

    pushes: bool = True
    opens: bool = True
    answers: bool = True
    refusal: tuple[str, str] | None = None
    questions: int = 0
    sockets: list[WebSocketRoute] = field(default_factory=list)
    readings: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def put(self, reading: dict[str, Any], arrived: float) -> None:
        """A reading is in the stream; arrived: ms."""
        self.readings.append((arrived, reading))
        if self.pushes:
            for socket in self.sockets:
                socket.send(json.dumps({"type": "readings", "readings": [{**reading, "Age": 0}]}))

    def hang_up(self) -> None:
        """The sockets close, and no other opens."""
        self.opens = False
        for socket in self.sockets:
            socket.close()
        self.sockets.clear()

    def connect(self, socket: WebSocketRoute) -> None:
        """A page opens a socket."""
        if not self.opens:
            return socket.close()
        self.sockets.append(socket)
        return socket.on_message(lambda text: self._hear(socket, json.loads(text)))

    def _hear(self, socket: WebSocketRoute, message: dict[str, Any]) -> None:
        if message["action"] == "ping":
            return socket.send(json.dumps({"type": "pong", "t": message["t"], "now": message["t"]}))
        assert message["action"] == "fleet"
        self.questions += 1
        if self.answers:
            socket.send(json.dumps({**self._fleet(message["t"]), "answer": message["t"]}))
        return None

    def _fleet(self, now: float) -> dict[str, Any]:
        if self.refusal:
            return {"type": "error", "error": self.refusal[0], "message": self.refusal[1]}
        seen = {reading["Name"]: (arrived, reading) for arrived, reading in self.readings if arrived >= now - BACK}
        told = [{**reading, "Age": now - arrived} for arrived, reading in seen.values()]
        return {"type": "readings", "readings": told}
