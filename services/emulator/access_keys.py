"""Whose access key is it? What the gateway must know to verify a signature, and what no AWS API tells.

GET /_fogbank/access-keys/<access key id>, on this machine only, as everything behind the guard: the secret, whose it
is, and for a session its token and its end (epoch seconds). 404: nobody has it.
"""

from typing import Any

from ministack.services import iam, sts

PREFIX = "/_fogbank/access-keys/"


def find(access_key: str) -> dict[str, Any] | None:
    """A session's key (STS, identity pools) or a user's own, if it is active; None: nobody's."""
    session = sts._sessions.get(access_key)
    if session is not None and session.get("SecretAccessKey"):
        return _session(session)
    for (account, key), user in iam._access_keys._data.items():
        if key == access_key and user.get("Status") == "Active":
            arn = f"arn:aws:iam::{account}:user/{user['UserName']}"
            return {"secret": user["SecretAccessKey"], "arn": arn, "user_id": user["UserName"], "account": account}
    return None


def _session(session: dict[str, Any]) -> dict[str, Any]:
    names = {
        "cognitoAuthenticationProvider": "_cognito_auth_provider",
        "cognitoAuthenticationType": "_cognito_auth_type",
        "cognitoIdentityId": "_identity_id",
        "cognitoIdentityPoolId": "_identity_pool_id",
    }
    return {
        "secret": session["SecretAccessKey"],
        "arn": session.get("Arn", ""),
        "user_id": session.get("UserId", ""),
        "account": session.get("AccountId", ""),
        "token": session.get("SessionToken", ""),
        "expires": session.get("Expiration"),
        "cognito": {name: session.get(kept) for name, kept in names.items()},
    }
