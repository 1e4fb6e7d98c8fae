"""Who is calling: the claims of the token that the Cognito authorizer has verified, never anything in a body."""

from collections.abc import Mapping
from typing import Any

from .answers import Event, Refused

MANAGERS = "Managers"


def gamer(event: Event) -> str:
    """The caller's nickname, which is the user name in the pool. Refused with 401 when there are no claims."""
    nickname = _claims(event).get("cognito:username")
    if not isinstance(nickname, str) or not nickname:
        raise Refused(401, message="Unauthorized")
    return nickname


def require_manager(event: Event) -> None:
    """Refused with 403 unless the caller is in the group Managers.

    A REST API joins a claim's list with commas: "Players,Managers".
    """
    gamer(event)
    groups = str(_claims(event).get("cognito:groups", "")).split(",")
    if MANAGERS not in (group.strip() for group in groups):
        raise Refused(403, message="Only managers may do this")


def _claims(event: Event) -> Mapping[str, Any]:
    context = event.get("requestContext") or {}
    claims = (context.get("authorizer") or {}).get("claims")
    return claims if isinstance(claims, Mapping) else {}
