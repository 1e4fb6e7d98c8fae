"""App clients: what a program may do with a pool.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
"""

import secrets
import string
from typing import Any

from cloud.errors import AwsError
from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid
from services.identity.signin import tokens
from services.identity.users.paging import page

_LETTERS = string.ascii_lowercase + string.digits
_DAY, _TEN_YEARS = 86400, 315_360_000  # seconds
_NOT_STORED = frozenset({"GenerateSecret"})
_DEFAULTS: dict[str, Any] = {
    "RefreshTokenValidity": 30,
    "AllowedOAuthFlowsUserPoolClient": False,
    "EnableTokenRevocation": True,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 3,
}
_KEPT = ("ClientId", "ClientSecret", "ClientName", "CreationDate")


async def create_user_pool_client(box: Box, asked: Asked) -> Answer:
    """A new app client, with a secret when GenerateSecret says so."""
    pool, now = await box.pools.get(asked["UserPoolId"]), box.clock()
    client_id = "".join(secrets.choice(_LETTERS) for _ in range(26))
    client = {**_given(asked), "ClientId": client_id, "CreationDate": now, "LastModifiedDate": now}
    if asked.get("GenerateSecret"):
        client["ClientSecret"] = "".join(secrets.choice(_LETTERS) for _ in range(51))
    _check(box, client)
    await box.pools.put(pool, "client", client_id, client, new=True)
    return {"UserPoolClient": client}


async def describe_user_pool_client(box: Box, asked: Asked) -> Answer:
    """One app client, its secret too."""
    pool = await box.pools.get(asked["UserPoolId"])
    return {"UserPoolClient": pool.client(asked["ClientId"])}


async def update_user_pool_client(box: Box, asked: Asked) -> Answer:
    """What is given; what is not given is back at its default, as on AWS."""
    pool = await box.pools.get(asked["UserPoolId"])
    before = pool.client(asked["ClientId"])
    kept = {name: before[name] for name in _KEPT if name in before}
    client = {**kept, **_given(asked), "LastModifiedDate": box.clock()}
    _check(box, client)
    await box.pools.put(pool, "client", asked["ClientId"], client, new=False)
    return {"UserPoolClient": client}


async def delete_user_pool_client(box: Box, asked: Asked) -> Answer:
    """The app client is gone."""
    pool = await box.pools.get(asked["UserPoolId"])
    await box.pools.remove(pool, "client", pool.client(asked["ClientId"])["ClientId"])
    return {}


async def list_user_pool_clients(box: Box, asked: Asked) -> Answer:
    """The pool's app clients, by age."""
    pool = await box.pools.get(asked["UserPoolId"])
    found = sorted(pool.clients.values(), key=lambda client: (client["CreationDate"], client["ClientId"]))
    shown, more = page(found, asked.get("MaxResults"), asked.get("NextToken"))
    names = ("ClientId", "UserPoolId", "ClientName")
    listed = [{name: client[name] for name in names} for client in shown]
    return {"UserPoolClients": listed, **({"NextToken": more} if more else {})}


def _given(asked: Asked) -> dict[str, Any]:
    given = {name: value for name, value in asked.items() if value is not None and name not in _NOT_STORED}
    return {**_DEFAULTS, **given}


def _check(box: Box, client: dict[str, Any]) -> None:
    for token in ("AccessToken", "IdToken"):
        if not box.shortest_token <= tokens.validity(client, token) <= _DAY:
            raise invalid("Invalid range for token validity.")
    refresh = tokens.validity(client, "RefreshToken")
    if not min(3600, 12 * box.shortest_token) <= refresh <= _TEN_YEARS:
        raise invalid("Invalid range for token validity.")
    if max(tokens.validity(client, token) for token in ("AccessToken", "IdToken")) > refresh:
        raise invalid("Refresh token validity must not be shorter than that of access and ID tokens.")
    flows = client.get("AllowedOAuthFlows") or []
    if "client_credentials" in flows and (len(flows) > 1 or not client.get("ClientSecret")):
        message = (
            "client_credentials flow can not be selected along with code flow or implicit flow, or without secret."
        )
        raise AwsError("InvalidOAuthFlowException", message)
    rotation = client.get("RefreshTokenRotation") or {}
    if rotation.get("Feature") == "ENABLED" and "ALLOW_REFRESH_TOKEN_AUTH" in (client.get("ExplicitAuthFlows") or ()):
        raise invalid("Refresh token rotation cannot be enabled together with ALLOW_REFRESH_TOKEN_AUTH.")


OPERATIONS = {
    "CreateUserPoolClient": create_user_pool_client,
    "DescribeUserPoolClient": describe_user_pool_client,
    "UpdateUserPoolClient": update_user_pool_client,
    "DeleteUserPoolClient": delete_user_pool_client,
    "ListUserPoolClients": list_user_pool_clients,
}
