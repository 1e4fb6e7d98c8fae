"""Who may connect to the WebSocket API: whoever has a good ID token of the pool. A REQUEST authorizer of $connect."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from .. import pool
from ..tokens import BadToken

log = logging.getLogger(__name__)


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """A policy that lets the caller in, and who it is. API Gateway makes 401 of this very exception."""
    token = (event.get("queryStringParameters") or {}).get("token") or ""
    try:
        claims = pool.claims(token, time.time())
    except BadToken as error:
        log.warning("refused: %s", error)
        raise Exception("Unauthorized") from None
    username, groups = str(claims["cognito:username"]), ",".join(claims.get("cognito:groups", ()))
    allowed = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    return {
        "principalId": str(claims["sub"]),
        "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]},
        "context": {"username": username, "groups": groups},
    }
