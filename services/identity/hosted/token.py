"""The token endpoint: codes, refresh tokens and client credentials for tokens.

https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from typing import Any

from cloud.errors import AwsError
from services.identity.box import Box
from services.identity.hosted.authorize import Refused, allowed_scopes, spend
from services.identity.pools.pool import Pool, Settings
from services.identity.signin import refresh, tokens
from services.identity.visit import Visit

Form = Mapping[str, str]

SOURCE = "TokenGeneration_HostedAuth"


async def granted(box: Box, form: Form, authorization: str) -> dict[str, Any]:
    """The endpoint's answer. Raises Refused with OAuth's error."""
    pool, client = await client_of(box, form, authorization)
    match form.get("grant_type"):
        case "authorization_code":
            return await _by_code(box, pool, client, form)
        case "refresh_token":
            return await _by_refresh_token(box, client, form)
        case "client_credentials":
            return await _by_credentials(box, pool, client, form)
    raise Refused("unsupported_grant_type" if form.get("grant_type") else "invalid_request")


async def client_of(box: Box, form: Form, authorization: str) -> tuple[Pool, Settings]:
    """The app client that calls, its secret checked: in the Authorization header or in the form."""
    client_id, secret = _basic(authorization) if authorization else (form.get("client_id", ""), None)
    try:
        pool = await box.pools.of_client(client_id)
        client = pool.client(client_id)
        refresh.check_secret(client, secret if secret is not None else form.get("client_secret"))
    except AwsError as error:
        raise Refused("invalid_client") from error
    return pool, client


async def _by_code(box: Box, pool: Pool, client: Settings, form: Form) -> dict[str, Any]:
    found = await spend(box, form.get("code", ""))
    if found["client_id"] != client["ClientId"] or form.get("redirect_uri", "") != found["redirect_uri"]:
        raise Refused("invalid_grant")
    if found["code_challenge"] and not _proves(form.get("code_verifier", ""), found["code_challenge"]):
        raise Refused("invalid_grant")
    user = await box.users.by_key(pool, found["user"])
    if user is None or not user.enabled:
        raise Refused("invalid_grant")
    result = await tokens.signed_in(
        box, Visit(pool, client, {}), user, source=SOURCE, scope=found["scope"], nonce=found["nonce"]
    )
    return answer(result, found["scope"])


async def _by_refresh_token(box: Box, client: Settings, form: Form) -> dict[str, Any]:
    asked = {
        "ClientId": client["ClientId"],
        "ClientSecret": client.get("ClientSecret"),
        "RefreshToken": form.get("refresh_token", ""),
    }
    try:
        found = await refresh.get_tokens_from_refresh_token(box, asked)
    except AwsError as error:
        raise Refused("invalid_grant") from error
    return answer(found["AuthenticationResult"], "openid")


async def _by_credentials(box: Box, pool: Pool, client: Settings, form: Form) -> dict[str, Any]:
    if "client_credentials" not in (client.get("AllowedOAuthFlows") or ()) or not client.get("ClientSecret"):
        raise Refused("unauthorized_client")
    allowed = allowed_scopes(pool, client)
    asked = form.get("scope", "").split() or sorted(allowed)
    if not asked or not set(asked) <= allowed:
        raise Refused("invalid_scope")
    now, validity = int(box.clock()), tokens.validity(client, "AccessToken")
    claims = {
        "sub": client["ClientId"],
        "token_use": "access",
        "scope": " ".join(asked),
        "auth_time": now,
        "iss": pool.issuer,
        "iat": now,
        "exp": now + validity,
        "version": 2,
        "jti": str(uuid.uuid4()),
        "client_id": client["ClientId"],
    }
    loop = asyncio.get_running_loop()
    token = await loop.run_in_executor(box.executor, lambda: box.pools.keys(pool)["access"].sign(claims))
    return {"access_token": token, "expires_in": validity, "token_type": "Bearer"}


def answer(result: Mapping[str, Any], scope: str) -> dict[str, Any]:
    """An AuthenticationResult as OAuth names it; an ID token only for the scope openid."""
    names = {"id_token": "IdToken", "access_token": "AccessToken", "refresh_token": "RefreshToken"}
    found = {name: result[theirs] for name, theirs in names.items() if theirs in result}
    if "openid" not in scope.split():
        found.pop("id_token", None)
    return {**found, "expires_in": result["ExpiresIn"], "token_type": "Bearer"}


def _basic(header: str) -> tuple[str, str]:
    kind, _, value = header.partition(" ")
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise Refused("invalid_client") from error
    if kind.lower() != "basic":
        raise Refused("invalid_client")
    return client_id, secret


def _proves(verifier: str, challenge: str) -> bool:
    """PKCE: whether the caller has what the challenge was made of. https://www.rfc-editor.org/rfc/rfc7636"""
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(made, challenge.encode("utf-8", "surrogatepass"))
