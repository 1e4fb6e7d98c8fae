"""User pools: create, describe, change, delete; their MFA setting and their domain.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html
"""

import secrets
import string
from collections.abc import Mapping
from typing import Any

from cloud.tables import Conflict
from services.identity.box import Answer, Asked, Box
from services.identity.errors import invalid
from services.identity.pools import policy
from services.identity.pools.pool import POLICY, Pool
from services.identity.users.paging import page

_ALPHABET = string.ascii_letters + string.digits
_ONCE = ("Schema", "AliasAttributes", "UsernameAttributes", "UsernameConfiguration", "Name", "CreationDate")
"""What is decided when a pool is created and never again."""
_MFA = "SoftwareTokenMfaConfiguration"


async def create_user_pool(box: Box, asked: Asked) -> Answer:
    """A new pool with two signing keys of its own."""
    if asked.get("AliasAttributes") and asked.get("UsernameAttributes"):
        raise invalid("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")
    now = box.clock()
    settings = {**_given(asked), "Name": asked["PoolName"], "CreationDate": now, "LastModifiedDate": now}
    settings.pop("PoolName")
    pool_id = f"{box.region}_{''.join(secrets.choice(_ALPHABET) for _ in range(9))}"
    return {"UserPool": _described(box, await box.pools.create(pool_id, settings), 0)}


async def describe_user_pool(box: Box, asked: Asked) -> Answer:
    """All settings of a pool."""
    pool = await box.pools.get(asked["UserPoolId"])
    return {"UserPool": _described(box, pool, await box.users.estimate(pool))}


async def update_user_pool(box: Box, asked: Asked) -> Answer:
    """What is given; what is not given is back at its default, as on AWS."""
    pool = await box.pools.get(asked["UserPoolId"])
    given = _given(asked)
    given.pop("UserPoolId")
    kept = {name: pool.settings[name] for name in (*_ONCE, "Domain", _MFA) if name in pool.settings}
    if name := given.pop("PoolName", None):
        kept["Name"] = name
    await box.pools.update(pool.id, {**given, **kept, "LastModifiedDate": box.clock()})
    return {}


async def delete_user_pool(box: Box, asked: Asked) -> Answer:
    """The pool is gone, and all users with it."""
    pool = await box.pools.get(asked["UserPoolId"])
    if pool.settings.get("DeletionProtection") == "ACTIVE":
        raise invalid("The user pool cannot be deleted because deletion protection is activated.")
    if domain := pool.settings.get("Domain"):
        await box.pools.release_domain(domain)
    await box.pools.delete(pool)
    await box.users.forget(pool)
    return {}


async def list_user_pools(box: Box, asked: Asked) -> Answer:
    """All pools, by age."""
    shown, more = page(await box.pools.all(), asked["MaxResults"], asked.get("NextToken"))
    names = ("Name", "LambdaConfig", "Status", "LastModifiedDate", "CreationDate")
    found = [
        {"Id": pool.id, **{name: pool.settings[name] for name in names if name in pool.settings}} for pool in shown
    ]
    return {"UserPools": found, **({"NextToken": more} if more else {})}


async def add_custom_attributes(box: Box, asked: Asked) -> Answer:
    """More attributes; none can be removed."""
    pool = await box.pools.get(asked["UserPoolId"])
    declared = list(pool.settings.get("Schema") or ())
    for one in asked["CustomAttributes"]:
        if f"custom:{one['Name'].removeprefix('custom:')}" in pool.schema:
            raise invalid(f"custom:{one['Name']}: Existing attribute already has name custom:{one['Name']}.")
        declared.append({**one, "Name": f"custom:{one['Name'].removeprefix('custom:')}"})
    await box.pools.update(pool.id, {**pool.settings, "Schema": declared, "LastModifiedDate": box.clock()})
    return {}


async def get_user_pool_mfa_config(box: Box, asked: Asked) -> Answer:
    """Whether there is a second factor."""
    pool = await box.pools.get(asked["UserPoolId"])
    return _mfa(pool)


async def set_user_pool_mfa_config(box: Box, asked: Asked) -> Answer:
    """OFF, OPTIONAL or ON; the factor is an authenticator app."""
    pool = await box.pools.get(asked["UserPoolId"])
    wanted: dict[str, Any] = {
        "MfaConfiguration": asked.get("MfaConfiguration") or "OFF",
        _MFA: asked.get(_MFA) or {"Enabled": False},
    }
    if wanted["MfaConfiguration"] != "OFF" and not wanted[_MFA].get("Enabled"):
        raise invalid("Invalid MFA configuration given, can't turn on MFA without a factor: only software tokens are")
    pool = await box.pools.update(pool.id, {**pool.settings, **wanted, "LastModifiedDate": box.clock()})
    return _mfa(pool)


async def create_user_pool_domain(box: Box, asked: Asked) -> Answer:
    """A name for the pool's pages; here all pools' pages have one address, and the app client tells which pool."""
    pool = await box.pools.get(asked["UserPoolId"])
    if pool.settings.get("Domain"):
        raise invalid("The user pool already has a domain")
    try:
        await box.pools.claim_domain(asked["Domain"], pool)
    except Conflict as error:
        raise invalid("Domain already associated with another user pool.") from error
    await box.pools.update(pool.id, {**pool.settings, "Domain": asked["Domain"]})
    return {}


async def describe_user_pool_domain(box: Box, asked: Asked) -> Answer:
    """Whose a domain is; nothing when nobody's."""
    owner = await box.pools.of_domain(asked["Domain"])
    if owner is None:
        return {"DomainDescription": {}}
    found = {"UserPoolId": owner, "AWSAccountId": box.account, "Domain": asked["Domain"], "Status": "ACTIVE"}
    return {"DomainDescription": found}


async def delete_user_pool_domain(box: Box, asked: Asked) -> Answer:
    """The name is free again."""
    pool = await box.pools.get(asked["UserPoolId"])
    if pool.settings.get("Domain") != asked["Domain"]:
        raise invalid("No such domain or user pool exists.")
    await box.pools.release_domain(asked["Domain"])
    await box.pools.update(pool.id, {name: value for name, value in pool.settings.items() if name != "Domain"})
    return {}


def _given(asked: Asked) -> dict[str, Any]:
    passwords = (asked.get("Policies") or {}).get("PasswordPolicy") or {}
    policy.check_policy(passwords)
    return {name: value for name, value in asked.items() if value is not None}


def _described(box: Box, pool: Pool, users: int) -> dict[str, Any]:
    settings: Mapping[str, Any] = {name: value for name, value in pool.settings.items() if name not in {"Schema", _MFA}}
    return {
        "MfaConfiguration": "OFF",
        "LambdaConfig": {},
        "DeletionProtection": "INACTIVE",
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        **settings,
        "Id": pool.id,
        "Arn": f"arn:aws:cognito-idp:{box.region}:{box.account}:userpool/{pool.id}",
        "Policies": {**(settings.get("Policies") or {}), "PasswordPolicy": {**POLICY, **pool.policy}},
        "SchemaAttributes": list(pool.schema.values()),
        "EstimatedNumberOfUsers": users,
    }


def _mfa(pool: Pool) -> dict[str, Any]:
    return {"MfaConfiguration": pool.mfa, _MFA: pool.settings.get(_MFA) or {"Enabled": pool.mfa != "OFF"}}


OPERATIONS = {
    "CreateUserPool": create_user_pool,
    "DescribeUserPool": describe_user_pool,
    "UpdateUserPool": update_user_pool,
    "DeleteUserPool": delete_user_pool,
    "ListUserPools": list_user_pools,
    "AddCustomAttributes": add_custom_attributes,
    "GetUserPoolMfaConfig": get_user_pool_mfa_config,
    "SetUserPoolMfaConfig": set_user_pool_mfa_config,
    "CreateUserPoolDomain": create_user_pool_domain,
    "DescribeUserPoolDomain": describe_user_pool_domain,
    "DeleteUserPoolDomain": delete_user_pool_domain,
}
