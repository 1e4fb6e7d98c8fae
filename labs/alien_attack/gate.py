"""The gate of the session: which session gamers see, and which session's posts the API lets into the stream.

The SSM parameter tells gamers what is open (GET /v1/session). The stage variable openSession is what POST
/v1/updatestatus compares with, inside API Gateway, before anything is written.
"""

import json
from typing import Any

from .aws import client, setting
from .session import Session

SHUT = "none"


def announced() -> Session | None:
    """The session that gamers see: open, or closed and the last one, or none yet."""
    value = client("ssm").get_parameter(Name=setting("SESSION_PARAMETER"))["Parameter"]["Value"]
    session: dict[str, Any] | None = json.loads(value)
    return session


def announce(session: Session) -> None:
    """Let gamers see this session."""
    name = setting("SESSION_PARAMETER")
    client("ssm").put_parameter(Name=name, Value=json.dumps(session), Type="String", Overwrite=True)


def let_in(session_id: str) -> None:
    """From now on only posts to this session are accepted; SHUT: none at all."""
    client("apigateway").update_stage(
        restApiId=setting("REST_API_ID"),
        stageName=setting("STAGE_NAME"),
        patchOperations=[{"op": "replace", "path": "/variables/openSession", "value": session_id}],
    )
