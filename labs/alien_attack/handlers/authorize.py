"""Who may connect to the WebSocket API: a REQUEST authorizer of $connect.

?token= a good ID token of the pool. ?board=<session>&token= watches that session's board: its BoardCode, or a manager's
ID token.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from .. import pool, projector
from ..caller import MANAGERS
from ..session import LONGEST_ID
from ..tokens import BadToken

log = logging.getLogger(__name__)


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """A policy that lets the caller in, and who it is. API Gateway makes 401 of this very exception."""
    asked = event.get("queryStringParameters") or {}
    try:
        principal, known = _caller(asked.get("token") or "", asked.get("board") or "")
    except BadToken as error:
        log.warning("refused: %s", error)
        raise Exception("Unauthorized") from None
    allowed = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]},
        "context": known,
    }


def _caller(token: str, board: str) -> tuple[str, dict[str, str]]:
    """The principal, and what the functions behind are told of it. Raises BadToken."""
    if board and projector.session(board, token):
        return "projector", {"board": board}
    if len(board) > LONGEST_ID:  # more than a key of the table of watchers may have
        raise BadToken("for a board of no session")
    claims = pool.claims(token, time.time())
    groups = claims.get("cognito:groups", ())
    if board and MANAGERS not in groups:
        raise BadToken("not a manager's, who alone may watch a board")
    known = {"username": str(claims["cognito:username"]), "groups": ",".join(groups)}
    return str(claims["sub"]), known | ({"board": board} if board else {})
