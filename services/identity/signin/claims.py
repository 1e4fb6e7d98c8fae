"""What tokens say. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html and
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.identity.pools import schema
from services.identity.pools.pool import Settings
from services.identity.signin.sessions import Session
from services.identity.users.user import User
from services.identity.visit import Visit

Claims = dict[str, Any]

_FIXED = frozenset(
    [
        "acr",
        "amr",
        "at_hash",
        "aud",
        "auth_time",
        "azp",
        "client_id",
        "cognito:username",
        "device_key",
        "event_id",
        "exp",
        "iat",
        "identities",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "origin_jti",
        "scope",
        "sub",
        "token_use",
        "username",
        "version",
    ]
)
"""What no function can change, but for the scope, which has fields of its own."""
_FLAGS = ("email_verified", "phone_number_verified")


@dataclass(frozen=True)
class Roles:
    """A user's groups and the roles that come with them, the best group first."""

    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    preferred: str = ""

    def claims(self, *, with_roles: bool) -> Claims:
        """As in tokens; nothing for who is in no group."""
        found: Claims = {"cognito:groups": list(self.groups)} if self.groups else {}
        if with_roles and self.roles:
            found["cognito:roles"] = list(self.roles)
        if with_roles and self.preferred:
            found["cognito:preferred_role"] = self.preferred
        return found


def roles(groups: Iterable[Settings]) -> Roles:
    """groups: sorted by precedence. Two best groups with one precedence and different roles: no role is preferred."""
    ranked = list(groups)
    with_role = [group for group in ranked if group.get("RoleArn")]
    best = [group for group in with_role if group.get("Precedence") == with_role[0].get("Precedence")]
    candidates = {group["RoleArn"] for group in best}
    return Roles(
        tuple(group["GroupName"] for group in ranked),
        tuple(dict.fromkeys(group["RoleArn"] for group in with_role)),
        candidates.pop() if len(candidates) == 1 else "",
    )


def common(visit: Visit, user: User, session: Session, now: float) -> Claims:
    """What both tokens say."""
    claims: Claims = {
        "sub": user.sub,
        "iss": visit.pool.issuer,
        "event_id": session.event,
        "auth_time": session.auth_time,
    }
    if visit.client.get("EnableTokenRevocation", True):
        claims["origin_jti"] = session.id
    return {**claims, "iat": int(now), "jti": str(uuid.uuid4())}


def for_id(visit: Visit, user: User, session: Session, granted: Roles, *, now: float, nonce: str = "") -> Claims:
    """The ID token, its exp left out."""
    values = schema.readable(visit.client, user.all_attributes())
    claims = {
        **{name: _attribute(name, value) for name, value in values.items()},
        **granted.claims(with_roles=True),
        **common(visit, user, session, now),
        "cognito:username": user.username,
        "aud": visit.client_id,
        "token_use": "id",
    }
    return claims | ({"nonce": nonce} if nonce else {})


def for_access(visit: Visit, user: User, session: Session, granted: Roles, *, now: float) -> Claims:
    """The access token, its exp left out."""
    return {
        **granted.claims(with_roles=False),
        **common(visit, user, session, now),
        "client_id": visit.client_id,
        "username": user.username,
        "token_use": "access",
        "scope": session.scope,
    }


def regrouped(granted: Roles, override: Mapping[str, Any] | None) -> Roles:
    """Groups and roles as a PreTokenGeneration function wants them; what it does not name stays."""
    if not override:
        return granted
    changed = granted
    if override.get("groupsToOverride") is not None:
        changed = replace(changed, groups=tuple(map(str, override["groupsToOverride"])))
    if override.get("iamRolesToOverride") is not None:
        changed = replace(changed, roles=tuple(map(str, override["iamRolesToOverride"])))
    if override.get("preferredRole") is not None:
        changed = replace(changed, preferred=str(override["preferredRole"]))
    return changed


def overridden(claims: Claims, override: Mapping[str, Any] | None) -> Claims:
    """The claims with what a PreTokenGeneration function adds, overrides and suppresses."""
    if not override:
        return claims
    suppressed = set(override.get("claimsToSuppress") or ()) - _FIXED
    added = {name: value for name, value in (override.get("claimsToAddOrOverride") or {}).items() if name not in _FIXED}
    changed = {name: value for name, value in {**claims, **added}.items() if name not in suppressed}
    if "scope" in claims:
        without = set(override.get("scopesToSuppress") or ())
        scopes = [*str(claims["scope"]).split(), *(override.get("scopesToAdd") or ())]
        changed["scope"] = " ".join(scope for scope in dict.fromkeys(scopes) if scope not in without)
    return changed


def _attribute(name: str, value: str) -> Any:
    if name in _FLAGS:
        return value.lower() == "true"
    return int(value) if name == "updated_at" and value.isdecimal() else value
