"""Cognito for a room's phones: what a visitor may ask of a user pool is passed on, all else is refused.

Cognito's stand-in also takes administrators' calls, and stays on loopback. So does its inbox, where everybody's codes
arrive: a phone cannot read it, so who has just signed up here is confirmed here, by the code from the inbox.
These are the operations that AWS itself takes without a signature, which is why a page may make them:
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import aiohttp

from services.site.answer import Answer

TARGET = "AWSCognitoIdentityProviderService."
OPERATIONS = frozenset(
    {
        "ChangePassword",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "ForgotPassword",
        "GetUser",
        "GlobalSignOut",
        "InitiateAuth",
        "ResendConfirmationCode",
        "RespondToAuthChallenge",
        "RevokeToken",
        "SignUp",
    }
)
JSON = {"content-type": "application/x-amz-json-1.1", "cache-control": "no-store"}
_PUBLIC = re.compile(r"[\w-]+/\.well-known/(?:jwks\.json|openid-configuration)")
_LARGEST = 65_536  # bytes of a request
_PATIENCE = 15.0  # seconds
_OK = 200


class Relay:
    """endpoint: where this box reaches Cognito."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def call(self, asked: Mapping[str, str], body: bytes) -> Answer:
        """One operation. asked: the request's headers, names in lower case."""
        target = asked.get("x-amz-target", "")
        if target.removeprefix(TARGET) not in OPERATIONS or not target.startswith(TARGET):
            return _refusal(400, "UnknownOperationException", "This operation is not offered here")
        if len(body) > _LARGEST:
            return _refusal(413, "RequestEntityTooLargeException", "The request is too large")
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
        reply = await self._send("POST", "/", headers, body)
        return await self._confirmed(reply, body) if target == f"{TARGET}SignUp" else reply

    async def _confirmed(self, reply: Answer, body: bytes) -> Answer:
        """The answer to a sign-up, with UserConfirmed where the code was found and taken."""
        try:
            asked, told = json.loads(body), json.loads(reply.body)
            email = next(one["Value"] for one in asked["UserAttributes"] if one["Name"] == "email")
            if reply.status != _OK or told["UserConfirmed"]:
                return reply
            inbox = await self._send("GET", f"/inbox/messages?{urlencode({'to': email})}", {"host": "localhost"}, b"")
            given = {"ClientId": asked["ClientId"], "Username": asked["Username"]}
            given["ConfirmationCode"] = json.loads(inbox.body)["messages"][0]["Code"]
        except (ValueError, KeyError, IndexError, TypeError, StopIteration):
            return reply  # no such inbox, as in other stand-ins: the code arrives wherever it arrives
        headers = {**JSON, "x-amz-target": f"{TARGET}ConfirmSignUp"}
        done = await self._send("POST", "/", headers, json.dumps(given).encode())
        if done.status != _OK:
            return reply
        return replace(reply, body=json.dumps({**told, "UserConfirmed": True}).encode())

    async def read(self, path: str) -> Answer:
        """A user pool's public documents: its keys, and how it is configured."""
        if not _PUBLIC.fullmatch(path):
            return _refusal(404, "ResourceNotFoundException", "There is nothing at this address")
        return await self._send("GET", f"/{path}", {}, b"")

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE))
        try:
            async with self._session.request(method, self.endpoint + path, headers=headers, data=body) as reply:
                kind = reply.headers.get("content-type", JSON["content-type"])
                return Answer(reply.status, await reply.read(), {**JSON, "content-type": kind})
        except (aiohttp.ClientError, TimeoutError):
            return _refusal(503, "ServiceUnavailableException", "The sign-in service does not answer")


def _refusal(status: int, kind: str, message: str) -> Answer:
    return Answer(status, json.dumps({"__type": kind, "message": message}).encode(), JSON)
