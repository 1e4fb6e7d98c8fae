"""Those who call the API in the tests: a tiny named client for gamers and managers."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from demo import accounts
from demo.accounts import Pool
from demo.settings import from_env

PASSWORD = "correct-Horse-7"


@dataclass
class Caller:
    """Somebody who calls the API with a token, or "" for none. who: the name that the token says."""

    base: str
    who: str = ""
    token: str = ""

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Call e.g. ("POST", "allocate", {}); body: JSON, or bytes as they are."""
        headers = {"Authorization": self.token} if self.token else {}
        content = options.pop("content", None)
        sent = {"json": body} if body is not None else {"content": content} if content is not None else {}
        headers |= {"Content-Type": "application/json"} | options.pop("headers", {})
        return httpx.request(method, f"{self.base}/{path}", headers=headers, timeout=30, **sent, **options)

    def post_status(self, session_id: str, **figures: Any) -> httpx.Response:
        """Post a status of this session; figures replace those of a good status, None leaves one out."""
        return self.call("POST", "updatestatus", status(session_id, **figures))

    def allocate(self) -> httpx.Response:
        """Ask for a seat."""
        return self.call("POST", "allocate", {})

    def board(self, session_id: str) -> list[dict[str, Any]]:
        """The top ten."""
        answer = self.call("GET", "scoreboard", params={"sessionId": session_id})
        assert answer.status_code == 200, answer.text
        rows = answer.json()["Scoreboard"]
        assert isinstance(rows, list)
        return rows

    def gamers(self, session_id: str) -> dict[str, dict[str, Any]]:
        """Nickname -> row, as a manager reads them."""
        answer = self.call("GET", "manager/gamers", params={"sessionId": session_id})
        assert answer.status_code == 200, answer.text
        return {row["Nickname"]: row for row in answer.json()["Gamers"]}


def status(session_id: str, **figures: Any) -> dict[str, Any]:
    """The body of a good post; figures replace what it says, None leaves one out."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    good = {"Timestamp": now, "SessionId": session_id, "Lives": 3, "Score": 5, "Shots": 1, "Level": 1}
    return {name: value for name, value in (good | figures).items() if value is not None}


@dataclass
class People:
    """Gamers and the manager of the stack that the environment names."""

    environ: dict[str, str]

    @property
    def base(self) -> str:
        """The address that all paths follow."""
        return f"{from_env(self.environ).gateway}/alien-attack/prod/v1"

    @property
    def nobody(self) -> Caller:
        """A caller without a token."""
        return Caller(self.base)

    def pool(self) -> Pool:
        """The user pool and its client, as GET config names them."""
        parameters = self.nobody.call("GET", "config").json()["Parameters"]
        values = {one["Name"].rsplit("/", 1)[-1]: one["Value"] for one in parameters}
        return Pool(values["userpoolid"], values["clientid"])

    def gamer(self, nickname: str = "") -> Caller:
        """A gamer who signed up just now; the name is made distinct."""
        name = f"{nickname or 'gamer'}-{secrets.token_hex(4)}"
        pool = self.pool()
        accounts.sign_up(pool, name, PASSWORD)
        return Caller(self.base, name, accounts.sign_in(pool, name, PASSWORD))

    def manager(self) -> Caller:
        """The install's manager."""
        token = accounts.sign_in(self.pool(), "manager", from_env(self.environ).password("manager"))
        return Caller(self.base, "manager", token)


@dataclass
class Sessions:
    """Opens sessions under names of their own, and closes what is open."""

    manager: Caller

    def open(self, **wish: Any) -> str:
        """Open a session and return its id; what was open is closed first."""
        self.close()
        answer = self.manager.call("POST", "manager/session", {"SessionName": f"t{secrets.token_hex(4)}-"} | wish)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["SessionId"])

    def close(self) -> None:
        """Close the open session, if there is one."""
        answer = self.manager.call("DELETE", "manager/session")
        assert answer.status_code in {200, 409}, answer.text
