"""Which role an identity gets: by the token's own roles, by rules on its claims, or the pool's default. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
"""

from collections.abc import Mapping
from typing import Any

from cloud.errors import AwsError
from services.identity.errors import not_authorized

Claims = Mapping[str, Any]


def unauthenticated(roles: Mapping[str, Any]) -> str:
    """The role of who has not signed in. Raises InvalidIdentityPoolConfigurationException when there is none."""
    return _default(roles, "unauthenticated")


def authenticated(roles: Mapping[str, Any], provider: str, claims: Claims, custom: str, identity: str) -> str:
    """The role for a token of this provider. custom: the one that the caller would like, "" for none.

    Raises NotAuthorizedException, InvalidIdentityPoolConfigurationException.
    """
    mapping = (roles.get("RoleMappings") or {}).get(f"{provider}:{claims.get('aud', '')}") or {}
    if custom and (mapping.get("Type") != "Token" or custom not in (claims.get("cognito:roles") or ())):
        raise not_authorized(f"CustomRoleArn {custom} is not among the roles of this login")
    chosen = custom or _mapped(mapping, claims)
    if chosen:
        return chosen
    if mapping.get("AmbiguousRoleResolution") == "Deny":
        raise not_authorized(f"Access to Identity '{identity}' is forbidden.")
    return _default(roles, "authenticated")


def check(roles: Mapping[str, Any]) -> None:
    """Raise InvalidParameterException for mappings that say too little."""
    for key, mapping in (roles.get("RoleMappings") or {}).items():
        rules = (mapping.get("RulesConfiguration") or {}).get("Rules") or []
        if mapping.get("Type") == "Rules" and not rules:
            raise AwsError("InvalidParameterException", f"RulesConfiguration is required for mapping {key}")
        if not mapping.get("AmbiguousRoleResolution"):
            raise AwsError("InvalidParameterException", f"AmbiguousRoleResolution is required for mapping {key}")


def _mapped(mapping: Mapping[str, Any], claims: Claims) -> str:
    if mapping.get("Type") == "Token":
        return str(claims.get("cognito:preferred_role") or "")
    rules = (mapping.get("RulesConfiguration") or {}).get("Rules") or []
    return next((str(rule["RoleARN"]) for rule in rules if _holds(rule, claims)), "")


def _holds(rule: Mapping[str, str], claims: Claims) -> bool:
    if rule["Claim"] not in claims:
        return False
    actual, value = claims[rule["Claim"]], rule["Value"]
    values = [_text(one) for one in actual] if isinstance(actual, list) else [_text(actual)]
    match rule["MatchType"]:
        case "Equals":
            return value in values
        case "NotEqual":
            return value not in values
        case "StartsWith":
            return any(one.startswith(value) for one in values)
        case "Contains":
            return any(value in one for one in values)
    return False


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _default(roles: Mapping[str, Any], kind: str) -> str:
    if role := (roles.get("Roles") or {}).get(kind):
        return str(role)
    raise AwsError(
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    )
