"""A fake of what a room needs of the API besides: the projector's board, and the managers' routes."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Route

from tests.contract.pages.fake import FakeStack, _json, open_session, row

CODE = "K7QP2MXA"
LIVE = "ws://localhost:8000/alien-attack-live/production"
LIVES = (3, 2, 1, 3, 0)


@dataclass
class Room(FakeStack):
    """FakeStack with sessions that can be opened, started and closed, and with a board for who has its code."""

    code: str = CODE
    names: list[str] = field(default_factory=list)
    connections: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    sent: list[tuple[str, Any]] = field(default_factory=list)
    """(method and path, body) of what was not a GET."""
    rival: dict[str, Any] | None = None
    """A session that another manager opens just before this one's."""
    ahead: float = 0.0
    """ms that this server's clock is ahead of the browser's."""
    live: str = LIVE
    """The WebSocket API's address, as board and managers are told it; empty: the board is not."""

    def now(self) -> int:
        """The server's time, epoch ms."""
        return int(time.time() * 1000 + self.ahead)

    def tell(self, session_id: str, *gamers: list[Any]) -> None:
        """Every page that watches is told that a board has changed."""
        for socket in self.sockets:
            socket.send(json.dumps({"type": "board", "sessionId": session_id, "gamers": gamers, "total": 0}))

    def _api(self, route: Route, path: str, query: dict[str, list[str]]) -> None:
        if path == "/v1/board":
            return self._board(route, query)
        if path == "/v1/time":
            return _json(route, {"now": self.now()})
        if path == "/v1/websocket" and _manages(route):
            return _json(route, self.live)
        if path.startswith("/v1/manager/") and path != "/v1/manager/gamers":
            return self._manager(route, path)
        return super()._api(route, path, query)

    def _board(self, route: Route, query: dict[str, list[str]]) -> None:
        if self.status != 200:
            return _json(route, {"message": "Internal server error"}, self.status)
        boards = {(one["SessionId"], one["BoardCode"]): one for one in self._told()}
        session = boards.get((query.get("sessionId", [""])[0], query.get("code", [""])[0]))
        if not session:
            return _json(route, {"message": "Forbidden"}, 403)
        shown = {name: value for name, value in session.items() if name != "BoardCode"}
        return _json(route, {"Session": shown, "Gamers": self.rows, "ServerTime": self.now(), "Live": self.live})

    def _told(self) -> list[dict[str, Any]]:
        """All sessions with their codes, the newest first."""
        current = [{**self.session, "BoardCode": self.code, "Gamers": len(self.rows)}] if self.session else []
        return [*current, *self.history]

    def _manager(self, route: Route, path: str) -> None:
        if not _manages(route):
            return _json(route, {"errorMessage": "Only managers may do this"}, 403)
        if self.status != 200:
            return _json(route, {"message": "Internal server error"}, self.status)
        method = route.request.method
        if method != "GET":
            self.sent.append((f"{method} {path}", json.loads(route.request.post_data or "{}")))
        answers = {
            "GET /v1/manager/sessions": self._sessions,
            "GET /v1/manager/seats": self._seats,
            "POST /v1/manager/session": self._open,
            "DELETE /v1/manager/session": self._close,
            "POST /v1/manager/start": self._start,
        }
        return answers[f"{method} {path}"](route)

    def _sessions(self, route: Route) -> None:
        _json(route, {"Sessions": self._told()})

    def _close(self, route: Route) -> None:
        assert self.session
        self.session = {**self.session, "ClosingTime": "2026-11-21T12:30:00.000Z"}
        _json(route, self.session)

    def _start(self, route: Route) -> None:
        assert self.session
        start = self.now() + 3000
        self.session = {**self.session, "SynchronizeTime": "2026-11-21T12:01:00.000Z", "StartAt": start}
        _json(route, {"startAt": start, "sent": self.connections, "stale": 2})

    def _seats(self, route: Route) -> None:
        if not self.session:
            return _json(route, {"errorMessage": "No session", "errorCode": "NoSessionOpen"}, 409)
        facts = {"SessionId": self.session["SessionId"], "TotalSeats": self.session["TotalSeats"]}
        seats = {"OccupiedSeats": len(self.names), "Playing": self.names, "Finished": []}
        return _json(route, {**facts, **seats, "Connections": self.connections})

    def _open(self, route: Route) -> None:
        if self.rival:
            self.session, self.rival = self.rival, None
        if self.session and "ClosingTime" not in self.session:
            body = {"errorMessage": "A session is open", "errorCode": "SessionAlreadyOpen"}
            return _json(route, body, 409)
        wanted = json.loads(route.request.post_data or "{}")
        if self.session:
            self.history.insert(0, {**self.session, "BoardCode": self.code, "Gamers": len(self.rows)})
        name = wanted.pop("SessionName", "")
        self.session = open_session(SessionId=f"{name}261121T120000", **wanted)
        self.rows = []
        return _json(route, {**self.session, "BoardCode": self.code})


def _manages(route: Route) -> bool:
    payload = route.request.headers.get("authorization", "..").split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)) or "{}")
    return "Managers" in claims.get("cognito:groups", [])


def crowd(count: int) -> list[dict[str, Any]]:
    """So many gamers in the board's order; some are out, one has a long name, one writes from right to left."""
    first = ["ada", "grace", "Ωmega", "محمد", "W" * 24, "linus", "barbara", "ken", "dennis", "edsger", "alan", "hedy"]
    names = [*first, *(f"gamer-{number:03}" for number in range(count))][:count]
    return [
        row(name, 20_000 - 85 * index, lives=LIVES[index % 5], shots=412 - index, level=1 + (200 - index) // 40)
        for index, name in enumerate(names)
    ]
