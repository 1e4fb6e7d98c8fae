"""The authorize endpoint: which requests are good, and the code that the token endpoint takes.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from cloud.errors import FogbankError
from services.identity.box import Box
from services.identity.pools import servers
from services.identity.pools.pool import Pool, Settings
from services.identity.secrets.vault import Sealed
from services.identity.users.user import User

STANDARD = ("openid", "email", "phone", "profile", "aws.cognito.signin.user.admin")
_FLOWS = {"code": "code", "token": "implicit"}
_CODE_SECONDS = 300
_REQUEST_SECONDS = 900


class Refused(FogbankError):
    """A request that is answered with OAuth's error. location: where the browser is sent, "" for nowhere."""

    def __init__(self, error: str, about: str = "", location: str = "") -> None:
        super().__init__(about or error)
        self.error = error
        self.location = location


@dataclass(frozen=True)
class Request:
    """A good authorization request."""

    pool: str
    client_id: str
    response_type: str
    redirect_uri: str
    scope: str
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""

    def back(self, parameters: Mapping[str, str]) -> str:
        """The redirect with an answer: in the fragment for tokens, in the query otherwise."""
        given = {**parameters, **({"state": self.state} if self.state else {})}
        mark = "#" if self.response_type == "token" else "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{mark}{urlencode(given)}"


async def parse(box: Box, query: Mapping[str, str]) -> Request:
    """Raises AwsError for an unknown client, Refused for a request that the client may not make."""
    pool = await box.pools.of_client(query.get("client_id", ""))
    client = pool.client(query["client_id"])
    callbacks = client.get("CallbackURLs") or []
    redirect = query.get("redirect_uri") or client.get("DefaultRedirectURI") or ""
    if redirect not in callbacks:
        raise Refused("redirect_mismatch", "redirect_uri is not one of the client's CallbackURLs")
    kind = query.get("response_type", "")
    scope = query.get("scope") or " ".join(client.get("AllowedOAuthScopes") or ())
    names = ("state", "nonce", "code_challenge")
    asked = Request(pool.id, query["client_id"], kind, redirect, scope, **{name: query.get(name, "") for name in names})
    if trouble := _trouble(pool, client, asked, query.get("code_challenge_method", "")):
        raise Refused(trouble, location=asked.back({"error": trouble}))
    return asked


def sealed(box: Box, asked: Request) -> str:
    """The request as the sign-in form carries it."""
    return _seal(box, "authorize", {**asdict(asked), "until": box.clock() + _REQUEST_SECONDS})


def opened(box: Box, text: str) -> Request:
    """Raises Refused for what was not sealed here, or long ago."""
    found = _open(box, "authorize", text)
    found.pop("until")
    return Request(**found)


def code(box: Box, asked: Request, user: User) -> str:
    """An authorization code."""
    until = box.clock() + _CODE_SECONDS
    return _seal(box, "code", {**asdict(asked), "user": user.key, "until": until, "once": secrets.token_hex(12)})


async def spend(box: Box, text: str) -> dict[str, Any]:
    """What a code stands for: a Request's fields and "user". Raises Refused: invalid_grant."""
    found = _open(box, "code", text)
    if not await box.sessions.once(found["once"], found["until"]):
        raise Refused("invalid_grant")
    return found


def allowed_scopes(pool: Pool, client: Settings) -> set[str]:
    """The scopes that a client may ask for."""
    return set(client.get("AllowedOAuthScopes") or ()) & {*STANDARD, *servers.scopes(pool)}


def _trouble(pool: Pool, client: Settings, asked: Request, method: str) -> str:
    flows = client.get("AllowedOAuthFlows") or ()
    if asked.response_type not in _FLOWS:
        return "unsupported_response_type" if asked.response_type else "invalid_request"
    if not client.get("AllowedOAuthFlowsUserPoolClient") or _FLOWS[asked.response_type] not in flows:
        return "unauthorized_client"
    if not set(asked.scope.split()) <= allowed_scopes(pool, client):
        return "invalid_scope"
    return "invalid_request" if asked.code_challenge and method != "S256" else ""


def _seal(box: Box, purpose: str, content: Any) -> str:
    return base64.urlsafe_b64encode(box.vault.seal(purpose, content)).decode()


def _open(box: Box, purpose: str, text: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = box.vault.open(purpose, base64.urlsafe_b64decode(text))
    except (Sealed, binascii.Error, ValueError) as error:
        raise Refused("invalid_grant") from error
    if box.clock() > found["until"]:
        raise Refused("invalid_grant")
    return found
