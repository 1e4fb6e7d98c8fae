"""Resource servers: the scopes that machines are given by client credentials.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
"""

from typing import Any

from cloud.tables import Conflict
from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid, missing
from services.identity.pools.pool import Pool
from services.identity.users.paging import page


async def create_resource_server(box: Box, asked: Asked) -> Answer:
    """A new resource server."""
    pool = await box.pools.get(asked["UserPoolId"])
    server = _given(asked)
    try:
        await box.pools.put(pool, "server", asked["Identifier"], server, new=True)
    except Conflict as error:
        raise invalid(f"{asked['Identifier']} already exists in user pool {pool.id}.") from error
    return {"ResourceServer": server}


async def describe_resource_server(box: Box, asked: Asked) -> Answer:
    """One resource server."""
    return {"ResourceServer": _find(await box.pools.get(asked["UserPoolId"]), asked["Identifier"])}


async def update_resource_server(box: Box, asked: Asked) -> Answer:
    """Other scopes."""
    pool = await box.pools.get(asked["UserPoolId"])
    _find(pool, asked["Identifier"])
    server = _given(asked)
    await box.pools.put(pool, "server", asked["Identifier"], server, new=False)
    return {"ResourceServer": server}


async def delete_resource_server(box: Box, asked: Asked) -> Answer:
    """It is gone."""
    pool = await box.pools.get(asked["UserPoolId"])
    await box.pools.remove(pool, "server", _find(pool, asked["Identifier"])["Identifier"])
    return {}


async def list_resource_servers(box: Box, asked: Asked) -> Answer:
    """All of a pool."""
    pool = await box.pools.get(asked["UserPoolId"])
    found = [pool.servers[name] for name in sorted(pool.servers)]
    shown, more = page(found, asked.get("MaxResults"), asked.get("NextToken"))
    return {"ResourceServers": list(shown), **({"NextToken": more} if more else {})}


def scopes(pool: Pool) -> set[str]:
    """Every scope of every resource server: "identifier/scope"."""
    return {
        f"{server['Identifier']}/{scope['ScopeName']}"
        for server in pool.servers.values()
        for scope in server.get("Scopes") or ()
    }


def _find(pool: Pool, identifier: str) -> dict[str, Any]:
    if identifier not in pool.servers:
        raise missing(f"Resource server {identifier} does not exist.")
    return dict(pool.servers[identifier])


def _given(asked: Asked) -> dict[str, Any]:
    return {name: asked[name] for name in ("UserPoolId", "Identifier", "Name", "Scopes") if asked.get(name)}


OPERATIONS = {
    "CreateResourceServer": create_resource_server,
    "DescribeResourceServer": describe_resource_server,
    "UpdateResourceServer": update_resource_server,
    "DeleteResourceServer": delete_resource_server,
    "ListResourceServers": list_resource_servers,
}
