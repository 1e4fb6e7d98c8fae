"""The manager of a match: opens the session, reads all gamers, closes it; all through the API."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import orjson

from cloud.errors import FogbankError
from cloud.wait import until_async
from demo.accounts import Pool
from demo.api import Api, Refused

ANNOUNCED = 5.0  # seconds in which an open session must show
_MOMENT = r"\d{6}T\d{6}"  # what follows a session's name in its id


class SessionBusy(FogbankError):
    """Somebody else's session is open."""


async def pool(api: Api) -> Pool:
    """The user pool and its client, as the API's GET config names them."""
    answer = await api.insist("GET", "config", "")
    values = {parameter["Name"].rsplit("/", 1)[-1]: parameter["Value"] for parameter in answer["Parameters"]}
    return Pool(values["userpoolid"], values["clientid"])


class Manager:
    """A manager who is signed in. token: the manager's ID token."""

    def __init__(self, api: Api, token: str) -> None:
        self._api = api
        self.token = token
        self.session_id = ""
        self.board_code = ""
        self.is_open = False

    async def open(self, name: str, seats: int, game_type: str = "MULTIPLE_TRIALS") -> str:
        """Open a session and return its id. A session left open by an earlier run under this name is closed first.

        Raises SessionBusy when a session of another name is open, Refused and NoAnswer.
        """
        wish = {"SessionName": name, "GameType": game_type, "TotalSeats": seats}
        reply = await self._api.call("POST", "manager/session", self.token, orjson.dumps(wish))
        if reply.status == 409:
            await self._close_own(name)
            opened = await self._api.insist("POST", "manager/session", self.token, wish)
        elif reply.status == 200:
            opened = reply.body
        else:
            raise Refused(f"the session was not opened: {reply.status} {reply.body}")
        self.session_id, self.is_open = str(opened["SessionId"]), True
        self.board_code = str(opened.get("BoardCode", ""))
        return self.session_id

    async def close(self) -> None:
        """Close the open session; one that is closed, perhaps by a call whose answer was lost, is fine too."""
        reply = await self._api.call("DELETE", "manager/session", self.token)
        if reply.status not in {200, 409}:
            raise Refused(f"the session was not closed: {reply.status} {reply.body}")
        self.is_open = False

    async def closed(self) -> bool:
        """Close the session unless it is closed; True when it is, for waiting on it."""
        if self.is_open:
            await self.close()
        return True

    async def current(self) -> str:
        """The id of the session that is open, "" when none is."""
        session = json.loads(await self._api.insist("GET", "session", self.token))
        return str(session["SessionId"]) if session and "ClosingTime" not in session else ""

    async def gamers(self) -> list[dict[str, Any]]:
        """The rows of all gamers of the session."""
        answer = await self._api.insist("GET", f"manager/gamers?sessionId={self.session_id}", self.token)
        return list(answer["Gamers"])

    async def top_ten(self) -> list[dict[str, Any]]:
        """The scoreboard as every gamer sees it."""
        answer = await self._api.insist("GET", f"scoreboard?sessionId={self.session_id}", self.token)
        return list(answer["Scoreboard"])

    async def wall(self) -> list[dict[str, Any]]:
        """The rows of all gamers of the session, as the projector asks for them: by the code, without a token."""
        asked = urlencode({"sessionId": self.session_id, "code": self.board_code})
        return list((await self._api.insist("GET", f"board?{asked}", ""))["Gamers"])

    async def _close_own(self, name: str) -> None:
        # The gateway may answer from its cache, so for a second the session that is open may not show.
        left = await until_async(self.current, ANNOUNCED, what="the open session to be announced")
        if not re.fullmatch(re.escape(name) + _MOMENT, left):
            raise SessionBusy(f"session {left} is open; close it first (DELETE /v1/manager/session)")
        await self.close()
