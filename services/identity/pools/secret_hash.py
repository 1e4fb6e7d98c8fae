"""SECRET_HASH: the proof that a caller knows the app client's secret. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from services.identity.errors import not_authorized


def compute(username: str, client_id: str, secret: str) -> str:
    """base64(HMAC-SHA256(secret, username + client id))."""
    message = f"{username}{client_id}".encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def check(client: Mapping[str, Any], given: str | None, *usernames: str) -> None:
    """Raise NotAuthorizedException when the client has a secret and the hash is not that of one of these names."""
    secret, client_id = client.get("ClientSecret"), client["ClientId"]
    if not secret:
        if given:
            raise not_authorized(f"Client {client_id} is configured without secret but SECRET_HASH was received")
        return
    if not given:
        raise not_authorized(f"Client {client_id} is configured with secret but SECRET_HASH was not received")
    known = [compute(username, client_id, secret) for username in usernames]
    if not any(hmac.compare_digest(one.encode(), given.encode("utf-8", "surrogatepass")) for one in known):
        raise not_authorized(f"Unable to verify secret hash for client {client_id}")


def hides_existence(client: Mapping[str, Any]) -> bool:
    """Whether callers must not learn whether a user exists."""
    return client.get("PreventUserExistenceErrors") == "ENABLED"
