"""The board's fake with all that the game needs: accounts, seats, posts and a socket, with troubles made on purpose."""

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Route, WebSocketRoute

from tests.contract.pages.fake import FakeStack, open_session, tokens

CODE = "123456"
PASSWORD = "right!"


@dataclass
class FakeRoom(FakeStack):
    """One room of gamers; a test changes its fields while the page looks, and pushes what the socket would bring."""

    users: dict[str, str] = field(default_factory=lambda: {"ada": PASSWORD, "linus": PASSWORD, "grace": PASSWORD})
    unconfirmed: set[str] = field(default_factory=set)
    seated: list[str] = field(default_factory=list)
    refusal: str | None = None
    """The errorCode with which seats are refused."""
    seats: list[str | None] = field(default_factory=list)
    """The session of each seat that was given."""
    freed: bool = False
    """The page's seat is not its own any more, as after a sleep."""
    posts: list[dict[str, Any]] = field(default_factory=list)
    post_status: int = 200
    left: list[dict[str, str]] = field(default_factory=list)
    """The headers of each deallocate."""
    heartbeats: int = 0
    socket_opens: bool = True
    deaf: bool = False
    """The sockets are open, and nothing comes through, as after a network went away."""
    pings: int = 0
    skew: float = 0
    """ms that the server's clock is ahead."""
    has_time: bool = True
    """GET time answers; no use where a test moves the page's clock."""

    def push(self, **message: Any) -> None:
        """Send a message to every page."""
        if not self.deaf:
            for socket in self.sockets:
                socket.send(json.dumps(message))

    def open(self, **more: Any) -> None:
        """A manager opens a session."""
        self.session = open_session(Seed=20_261, **more)
        self.push(type="session", session=self.session)
        self.push_seats()

    def push_seats(self) -> None:
        """Tell who has a seat."""
        assert self.session is not None
        total, names = self.session["TotalSeats"], self.seated[::-1]
        self.push(type="seats", sessionId=self.session["SessionId"], occupied=len(names), total=total, names=names[:60])

    def start(self, wait: float = 3000) -> None:
        """A manager presses START; the game begins after so many ms by the server's clock."""
        assert self.session is not None
        self.session |= {"SynchronizeTime": "2026-11-21T12:05:00.000Z", "StartAt": self.now() + wait}
        start = {"startAt": self.session["StartAt"], "seed": self.session["Seed"], "deadline": None}
        self.push(type="start", sessionId=self.session["SessionId"], **start)

    def close(self) -> None:
        """A manager closes the session."""
        assert self.session is not None
        self.session = {**self.session, "ClosingTime": "2026-11-21T12:30:00.000Z"}
        self.push(type="closed", sessionId=self.session["SessionId"])

    def now(self) -> int:
        """Epoch ms by the server's clock."""
        return round(time.time() * 1000 + self.skew)

    def connect(self, socket: WebSocketRoute) -> None:
        """A page opens a socket."""
        self.seen.append(f"SOCKET {re.sub('token=.*', 'token', socket.url)}")
        if not self.socket_opens or self.away:
            socket.close()
            return
        self.sockets.append(socket)
        socket.on_message(lambda text: self._hear(socket, json.loads(text)))
        socket.on_close(lambda *_: self._forget(socket))
        socket.send(json.dumps({"type": "session", "session": self.session}))
        if self.session:
            self.push_seats()

    def _hear(self, socket: WebSocketRoute, message: dict[str, Any]) -> None:
        assert message["action"] == "ping"
        self.pings += 1
        if not self.deaf:
            now = self.now() if self.has_time else message["t"] + self.skew
            socket.send(json.dumps({"type": "pong", "t": message["t"], "now": now}))

    def _cognito(self, route: Route, path: str) -> None:
        body = json.loads(route.request.post_data or "{}")
        operation = route.request.headers.get("x-amz-target", ".").split(".")[1]
        if operation == "InitiateAuth" and body["AuthFlow"] == "USER_PASSWORD_AUTH":
            return self._sign_in(route, **body["AuthParameters"])
        if operation == "SignUp":
            return self._sign_up(route, body["Username"], body["Password"])
        if operation in {"ConfirmSignUp", "ConfirmForgotPassword"}:
            return self._confirm(route, body)
        if operation in {"ResendConfirmationCode", "ForgotPassword"}:
            return answer(route, {"CodeDeliveryDetails": {"DeliveryMedium": "EMAIL"}})
        return super()._cognito(route, path)

    def _sign_in(self, route: Route, USERNAME: str, PASSWORD: str) -> None:
        if USERNAME in self.unconfirmed:
            return refuse(route, "UserNotConfirmedException", "User is not confirmed.")
        if self.users.get(USERNAME) != PASSWORD:
            return refuse(route, "NotAuthorizedException", "Incorrect username or password.")
        return answer(route, {"AuthenticationResult": {**tokens(USERNAME), "RefreshToken": USERNAME}})

    def _sign_up(self, route: Route, username: str, password: str) -> None:
        if username in self.users:
            return refuse(route, "UsernameExistsException", "User already exists")
        if password == "simple":
            return refuse(route, "InvalidPasswordException", "Password must have symbol characters")
        self.users[username] = password
        self.unconfirmed.add(username)
        return answer(route, {"UserConfirmed": False, "UserSub": "0"})

    def _confirm(self, route: Route, body: dict[str, str]) -> None:
        if body["ConfirmationCode"] != CODE:
            return refuse(route, "CodeMismatchException", "Invalid verification code provided")
        self.unconfirmed.discard(body["Username"])
        if "Password" in body:
            self.users[body["Username"]] = body["Password"]
        return answer(route, {})

    def _api(self, route: Route, path: str, query: dict[str, list[str]]) -> None:
        if route.request.method == "OPTIONS":
            return answer(route, {})
        if path == "/v1/time":
            return answer(route, {"now": self.now() if self.has_time else None})
        token = route.request.headers.get("authorization", "")
        if route.request.method == "POST" and token and token not in self.refused_tokens:
            return self._post(route, path, json.loads(route.request.post_data or "{}"))
        if path == "/v1/websocket" and token not in self.refused_tokens:
            return answer(route, "ws://localhost:8000/alien-attack-live/production")
        return super()._api(route, path, query)

    def _post(self, route: Route, path: str, body: dict[str, Any]) -> None:
        if path == "/v1/updatestatus":
            self.posts.append(body)
            known = {200: {"SequenceNumber": "1", "ShardId": "0"}}
            return answer(route, known.get(self.post_status, {"message": "no"}), self.post_status)
        if path == "/v1/allocate":
            open_now = (self.session or {}).get("SessionId")
            refusal = self.refusal or (None if body.get("SessionId", open_now) == open_now else "SessionNotOpen")
            if refusal:
                return answer(route, {"errorCode": refusal, "errorMessage": "refused"}, 422)
            self.seats.append(open_now)
            self.freed = False
            return answer(route, {"successMessage": "a seat"})
        if path == "/v1/heartbeat":
            self.heartbeats += 1
            if self.freed:
                return answer(route, {"errorCode": "NoSeat", "errorMessage": "take one again"}, 422)
            return answer(route, {"leaseSeconds": 30})
        assert path == "/v1/deallocate"
        self.left.append(route.request.headers)
        return answer(route, {"successMessage": "left"})


def answer(route: Route, body: Any, status: int = 200) -> None:
    """Fulfil a call as the gateway does, so that a browser lets the page read it."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "*, Authorization, Content-Type, X-Amz-Target",
    }
    headers |= {"Access-Control-Allow-Methods": "*", "Content-Type": "application/json"}
    route.fulfill(status=status, headers=headers, body=json.dumps(body))


def refuse(route: Route, name: str, message: str) -> None:
    """An error of Cognito's."""
    answer(route, {"__type": name, "message": message}, 400)


def pushed(nickname: str, score: int, lives: int = 3, shots: int = 40, level: int = 1) -> list[Any]:
    """A gamer's row as the board's push has it."""
    return [nickname, score, lives, shots, level, lives == 0]
