"""Identity pools: create, describe, change, delete, list; their roles; the identities in them.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CreateIdentityPool.html
"""

import uuid
from typing import Any

from services.identity.box import Answer, Asked, Box
from services.identity.identities import roles
from services.identity.identities.store import Identity
from services.identity.users.paging import page


async def create_identity_pool(box: Box, asked: Asked) -> Answer:
    """A new identity pool; it has no roles yet."""
    pool_id = f"{box.region}:{uuid.uuid4()}"
    pool = await box.identities.create_pool(pool_id, {**_given(asked), "IdentityPoolId": pool_id})
    return dict(pool.settings)


async def describe_identity_pool(box: Box, asked: Asked) -> Answer:
    """One identity pool."""
    return dict((await box.identities.pool(asked["IdentityPoolId"])).settings)


async def update_identity_pool(box: Box, asked: Asked) -> Answer:
    """Replace all settings."""
    pool = await box.identities.pool(asked["IdentityPoolId"])
    settings = _given(asked)
    await box.identities.update_pool(pool, settings=settings)
    return settings


async def delete_identity_pool(box: Box, asked: Asked) -> Answer:
    """The pool and its identities are gone."""
    await box.identities.delete_pool(await box.identities.pool(asked["IdentityPoolId"]))
    return {}


async def list_identity_pools(box: Box, asked: Asked) -> Answer:
    """All identity pools, by name."""
    shown, more = page(await box.identities.all_pools(), asked["MaxResults"], asked.get("NextToken"))
    found = [{"IdentityPoolId": pool.id, "IdentityPoolName": pool.settings["IdentityPoolName"]} for pool in shown]
    return {"IdentityPools": found, **({"NextToken": more} if more else {})}


async def set_identity_pool_roles(box: Box, asked: Asked) -> Answer:
    """The default roles, and the mappings by which a login gets another one."""
    pool = await box.identities.pool(asked["IdentityPoolId"])
    roles.check(asked)
    chosen = {name: asked[name] for name in ("Roles", "RoleMappings") if asked.get(name) is not None}
    await box.identities.update_pool(pool, roles=chosen)
    return {}


async def get_identity_pool_roles(box: Box, asked: Asked) -> Answer:
    """As they were set."""
    pool = await box.identities.pool(asked["IdentityPoolId"])
    return {"IdentityPoolId": pool.id, "Roles": {}, **pool.roles}


async def describe_identity(box: Box, asked: Asked) -> Answer:
    """One identity."""
    return _shown(await box.identities.get(asked["IdentityId"]))


async def list_identities(box: Box, asked: Asked) -> Answer:
    """A pool's identities."""
    pool = await box.identities.pool(asked["IdentityPoolId"])
    shown, more = page(await box.identities.all(pool), asked["MaxResults"], asked.get("NextToken"))
    found = {"IdentityPoolId": pool.id, "Identities": [_shown(one) for one in shown]}
    return {**found, **({"NextToken": more} if more else {})}


async def delete_identities(box: Box, asked: Asked) -> Answer:
    """These identities are gone."""
    for identity_id in asked["IdentityIdsToDelete"]:
        await box.identities.delete(await box.identities.get(identity_id))
    return {"UnprocessedIdentityIds": []}


def _given(asked: Asked) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}


def _shown(identity: Identity) -> dict[str, Any]:
    return {
        "IdentityId": identity.id,
        "Logins": sorted(identity.logins),
        "CreationDate": identity.created,
        "LastModifiedDate": identity.modified,
    }


OPERATIONS = {
    "CreateIdentityPool": create_identity_pool,
    "DescribeIdentityPool": describe_identity_pool,
    "UpdateIdentityPool": update_identity_pool,
    "DeleteIdentityPool": delete_identity_pool,
    "ListIdentityPools": list_identity_pools,
    "SetIdentityPoolRoles": set_identity_pool_roles,
    "GetIdentityPoolRoles": get_identity_pool_roles,
    "DescribeIdentity": describe_identity,
    "ListIdentities": list_identities,
    "DeleteIdentities": delete_identities,
}
