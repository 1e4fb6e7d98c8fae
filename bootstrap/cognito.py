"""Cognito: user pools with clients and groups, and identity pools. The accounts are in accounts.py.

Pools have no unique name on AWS; a lab's pool is the one with the declared name.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Cognito.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes, Place
from cloud.clients import client
from labs.declare import IdentityPool, IdentityPoolRoleAttachment, UserPool, UserPoolClient, UserPoolGroup

_MISSING = "ResourceNotFoundException"
_PAGE = 60  # the most that Cognito lists at once


class UserPools:
    """AWS::Cognito::UserPool."""

    service = "cognito-idp"

    def __init__(self, place: Place) -> None:
        self.place = place

    def find(self, pool: UserPool) -> Found | None:
        pool_id = next((one["Id"] for one in _user_pools() if one["Name"] == pool.UserPoolName), None)
        if pool_id is None:
            return None
        actual = client("cognito-idp").describe_user_pool(UserPoolId=pool_id)["UserPool"]
        passwords = pool.Policies.get("PasswordPolicy", {})
        found = differences(passwords, actual.get("Policies", {}).get("PasswordPolicy", {}))
        declared = {
            "AutoVerifiedAttributes": list(pool.AutoVerifiedAttributes),
            "LambdaConfig": dict(pool.LambdaConfig),
        }
        return Found(self._attributes(pool_id), (*found, *differences(declared, {"LambdaConfig": {}, **actual})))

    def put(self, pool: UserPool, found: Found | None) -> Attributes:
        settings = {
            "Policies": pool.Policies,
            "AutoVerifiedAttributes": list(pool.AutoVerifiedAttributes),
            "LambdaConfig": dict(pool.LambdaConfig),
        }
        if found is not None:
            client("cognito-idp").update_user_pool(UserPoolId=found.attributes["Ref"], **settings)
            return found.attributes
        once = {"Schema": list(pool.Schema), "AliasAttributes": list(pool.AliasAttributes)}
        answer = client("cognito-idp").create_user_pool(
            PoolName=pool.UserPoolName, **settings, **{name: value for name, value in once.items() if value}
        )
        return self._attributes(answer["UserPool"]["Id"])

    def delete(self, _pool: UserPool, found: Found) -> None:
        unless_missing(client("cognito-idp").delete_user_pool, _MISSING, UserPoolId=found.attributes["Ref"])

    def _attributes(self, pool_id: str) -> Attributes:
        region, account = self.place.region, self.place.account
        return {
            "Ref": pool_id,
            "Arn": f"arn:aws:cognito-idp:{region}:{account}:userpool/{pool_id}",
            "ProviderName": f"cognito-idp.{region}.amazonaws.com/{pool_id}",
        }


class UserPoolClients:
    """AWS::Cognito::UserPoolClient."""

    service = "cognito-idp"

    def find(self, app: UserPoolClient) -> Found | None:
        pages = client("cognito-idp").get_paginator("list_user_pool_clients").paginate(UserPoolId=app.UserPoolId)
        listed = (one for page in pages for one in page["UserPoolClients"])
        client_id = next((one["ClientId"] for one in listed if one["ClientName"] == app.ClientName), None)
        if client_id is None:
            return None
        answer = client("cognito-idp").describe_user_pool_client(UserPoolId=app.UserPoolId, ClientId=client_id)
        actual = {"ExplicitAuthFlows": sorted(answer["UserPoolClient"].get("ExplicitAuthFlows", []))}
        declared = {"ExplicitAuthFlows": sorted(app.ExplicitAuthFlows)}
        return Found({"Ref": client_id}, differences(declared, actual))

    def put(self, app: UserPoolClient, found: Found | None) -> Attributes:
        settings = {
            "UserPoolId": app.UserPoolId,
            "ClientName": app.ClientName,
            "ExplicitAuthFlows": list(app.ExplicitAuthFlows),
        }
        if found is not None:
            client("cognito-idp").update_user_pool_client(ClientId=found.attributes["Ref"], **settings)
            return found.attributes
        answer = client("cognito-idp").create_user_pool_client(GenerateSecret=app.GenerateSecret, **settings)
        return {"Ref": answer["UserPoolClient"]["ClientId"]}

    def delete(self, app: UserPoolClient, found: Found) -> None:
        unless_missing(
            client("cognito-idp").delete_user_pool_client,
            _MISSING,
            UserPoolId=app.UserPoolId,
            ClientId=found.attributes["Ref"],
        )


class UserPoolGroups:
    """AWS::Cognito::UserPoolGroup."""

    service = "cognito-idp"

    def find(self, group: UserPoolGroup) -> Found | None:
        answer = unless_missing(client("cognito-idp").get_group, _MISSING, **_group(group))
        if answer is None:
            return None
        return Found({"Ref": group.GroupName}, differences(_ranked(group), answer["Group"]))

    def put(self, group: UserPoolGroup, found: Found | None) -> Attributes:
        api = client("cognito-idp")
        put = api.create_group if found is None else api.update_group
        put(**_group(group), **_ranked(group))
        return {"Ref": group.GroupName}

    def delete(self, group: UserPoolGroup, _found: Found) -> None:
        unless_missing(client("cognito-idp").delete_group, _MISSING, **_group(group))


class IdentityPools:
    """AWS::Cognito::IdentityPool."""

    service = "cognito-identity"

    def find(self, pool: IdentityPool) -> Found | None:
        pages = client("cognito-identity").get_paginator("list_identity_pools").paginate(MaxResults=_PAGE)
        listed = (one for page in pages for one in page["IdentityPools"])
        pool_id = next(
            (one["IdentityPoolId"] for one in listed if one["IdentityPoolName"] == pool.IdentityPoolName), None
        )
        if pool_id is None:
            return None
        actual = client("cognito-identity").describe_identity_pool(IdentityPoolId=pool_id)
        providers = [_provider(one) for one in actual.get("CognitoIdentityProviders", ())]
        declared = _settings(pool)
        return Found({"Ref": pool_id}, differences(declared, {**actual, "CognitoIdentityProviders": providers}))

    def put(self, pool: IdentityPool, found: Found | None) -> Attributes:
        settings = {"IdentityPoolName": pool.IdentityPoolName, **_settings(pool)}
        if found is not None:
            client("cognito-identity").update_identity_pool(IdentityPoolId=found.attributes["Ref"], **settings)
            return found.attributes
        return {"Ref": client("cognito-identity").create_identity_pool(**settings)["IdentityPoolId"]}

    def delete(self, _pool: IdentityPool, found: Found) -> None:
        unless_missing(
            client("cognito-identity").delete_identity_pool, _MISSING, IdentityPoolId=found.attributes["Ref"]
        )


class IdentityPoolRoleAttachments:
    """AWS::Cognito::IdentityPoolRoleAttachment."""

    service = "cognito-identity"

    def find(self, attachment: IdentityPoolRoleAttachment) -> Found | None:
        answer = unless_missing(
            client("cognito-identity").get_identity_pool_roles, _MISSING, IdentityPoolId=attachment.IdentityPoolId
        )
        if not answer or not (answer.get("Roles") or answer.get("RoleMappings")):
            return None
        return Found({"Ref": str(attachment.IdentityPoolId)}, differences(_roles(attachment), answer))

    def put(self, attachment: IdentityPoolRoleAttachment, _found: Found | None) -> Attributes:
        client("cognito-identity").set_identity_pool_roles(
            IdentityPoolId=attachment.IdentityPoolId, **{"Roles": {}, **_roles(attachment)}
        )
        return {"Ref": str(attachment.IdentityPoolId)}

    def delete(self, attachment: IdentityPoolRoleAttachment, _found: Found) -> None:
        unless_missing(
            client("cognito-identity").set_identity_pool_roles,
            _MISSING,
            IdentityPoolId=attachment.IdentityPoolId,
            Roles={},
            RoleMappings={},
        )


def _user_pools() -> Iterator[Mapping[str, Any]]:
    pages = client("cognito-idp").get_paginator("list_user_pools").paginate(MaxResults=_PAGE)
    return (pool for page in pages for pool in page["UserPools"])


def _group(group: UserPoolGroup) -> dict[str, Any]:
    return {"UserPoolId": group.UserPoolId, "GroupName": group.GroupName}


def _ranked(group: UserPoolGroup) -> dict[str, Any]:
    return {"Precedence": group.Precedence, **({"RoleArn": group.RoleArn} if group.RoleArn else {})}


def _roles(attachment: IdentityPoolRoleAttachment) -> dict[str, Any]:
    """As the API has them: mappings by provider, with lists instead of tuples."""
    mappings = {
        str(one["IdentityProvider"]): _plain({name: value for name, value in one.items() if name != "IdentityProvider"})
        for one in attachment.RoleMappings.values()
    }
    return {"Roles": dict(attachment.Roles), **({"RoleMappings": mappings} if mappings else {})}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _settings(pool: IdentityPool) -> dict[str, Any]:
    return {
        "AllowUnauthenticatedIdentities": pool.AllowUnauthenticatedIdentities,
        "CognitoIdentityProviders": [_provider(one) for one in pool.CognitoIdentityProviders],
    }


def _provider(provider: Mapping[str, Any]) -> dict[str, Any]:
    """What is declared of a provider; Cognito answers with defaults besides."""
    names = ("ProviderName", "ClientId", "ServerSideTokenCheck")
    return {name: provider[name] for name in names if provider.get(name)}
