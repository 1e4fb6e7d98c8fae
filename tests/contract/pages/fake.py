"""A small fake of the gateway's API and of Cognito, answered inside the browser; troubles are made on purpose."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Route, WebSocketRoute

API = "http://localhost:8000"
COGNITO = "http://127.0.0.1:4566"


@dataclass
class FakeStack:
    """The routes that the board uses, with the stack's shapes; a test changes its fields while the page looks."""

    session: dict[str, Any] | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    away: bool = False
    """No call reaches it, as if the network were gone."""
    refused_tokens: set[str] = field(default_factory=set)
    refreshes: int = 0
    refresh_refused: bool = False
    seen: list[str] = field(default_factory=list)
    sockets: list[WebSocketRoute] = field(default_factory=list)

    def now(self) -> int:
        """The server's time, epoch ms."""
        return int(time.time() * 1000)

    def connect(self, socket: WebSocketRoute) -> None:
        """A page opens a socket; its pings are answered."""
        self.sockets.append(socket)
        socket.on_message(lambda text: self._hear(socket, json.loads(text)))
        socket.on_close(lambda *_: self._forget(socket))

    def _forget(self, socket: WebSocketRoute) -> None:
        self.sockets = [one for one in self.sockets if one is not socket]

    def _hear(self, socket: WebSocketRoute, message: dict[str, Any]) -> None:
        socket.send(json.dumps({"type": "pong", "t": message["t"], "now": self.now()}))

    def answer(self, route: Route) -> None:
        """Fulfil any request to the gateway or to Cognito."""
        address = urlsplit(route.request.url)
        self.seen.append(f"{route.request.method} {address.path}")
        if self.away:
            return route.abort("internetdisconnected")
        if route.request.url.startswith(COGNITO):
            return self._cognito(route, address.path)
        return self._api(route, address.path.removeprefix("/alien-attack/prod"), parse_qs(address.query))

    def _cognito(self, route: Route, path: str) -> None:
        if path.endswith("/.well-known/jwks.json"):
            return _json(route, {"keys": []})
        body = json.loads(route.request.post_data or "{}")
        assert route.request.headers["x-amz-target"] == "AWSCognitoIdentityProviderService.InitiateAuth"
        given = body["AuthParameters"]
        if body["AuthFlow"] == "REFRESH_TOKEN_AUTH":
            self.refreshes += 1
            if self.refresh_refused:
                return _refuse(route, "Refresh Token has been revoked")
            return _json(route, {"AuthenticationResult": tokens(given["REFRESH_TOKEN"], f"id{self.refreshes}")})
        if given["PASSWORD"] != "right":
            return _refuse(route, "Incorrect username or password.")
        return _json(route, {"AuthenticationResult": {**tokens(given["USERNAME"]), "RefreshToken": given["USERNAME"]}})

    def _api(self, route: Route, path: str, query: dict[str, list[str]]) -> None:
        if path == "/v1/config":
            parameters = {"clientid": "client", "userpoolid": "us-east-1_pool"}
            named = [{"Name": f"/alien-attack/{name}", "Value": value} for name, value in parameters.items()]
            return _json(route, {"Parameters": named})
        token = route.request.headers.get("authorization", "")
        if not token or token in self.refused_tokens:
            return _json(route, {"message": "Unauthorized"}, 401)
        if self.status != 200:
            return _json(route, {"message": "Internal server error"}, self.status)
        if path == "/v1/session":
            return _json(route, json.dumps(self.session))
        rows = self.rows if self.session and query["sessionId"] == [self.session["SessionId"]] else []
        if path == "/v1/manager/gamers":
            return _json(route, {"SessionId": query["sessionId"][0], "Gamers": rows})
        return _json(route, {"Scoreboard": rows[:10]})


def _json(route: Route, body: Any, status: int = 200) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
    route.fulfill(status=status, headers=headers, body=json.dumps(body))


def _refuse(route: Route, message: str) -> None:
    _json(route, {"__type": "NotAuthorizedException", "message": message}, 400)


def tokens(username: str, jti: str = "id0") -> dict[str, Any]:
    """The tokens of a sign-in. The page reads their claims and leaves checking the signature to the API."""
    groups = ["Managers"] if username == "manager" else ["Players"]
    claims = {"cognito:username": username, "cognito:groups": groups, "jti": jti}
    part = base64.urlsafe_b64encode(json.dumps(claims, ensure_ascii=False).encode()).decode().rstrip("=")
    return {"IdToken": f"e30.{part}.x", "AccessToken": "x", "ExpiresIn": 3600, "TokenType": "Bearer"}


def open_session(**more: Any) -> dict[str, Any]:
    """A session as GET session has it, open since noon."""
    session = {"SessionId": "TEST261121T120000", "GameType": "MULTIPLE_TRIALS", "TotalSeats": 200}
    return {**session, "OpeningTime": "2026-11-21T12:00:00.000Z", **more}


def row(nickname: str, score: int, lives: int = 3, shots: int = 40, level: int = 1) -> dict[str, Any]:
    """A gamer's row as the board's routes have it."""
    return {"Nickname": nickname, "Score": score, "Lives": lives, "Shots": shots, "Level": level}
