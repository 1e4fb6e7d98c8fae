"""The gate of the session: which session gamers see, and which session's posts the API lets into the stream.

The SSM parameter tells gamers what is open (GET /v1/session). The stage variables openSession and closesAt are what
POST /v1/updatestatus compares with, inside API Gateway, before anything is written. A session that runs out of time is
shut out at that moment, whether or not anybody has closed it yet.
"""

import json
from typing import Any

from . import register
from .aws import client, setting
from .session import Session, closes_at, public

SHUT = "none"
NEVER = "9999999999999"  # ms since 1970; all moments that are compared have 13 digits until the year 2286
_ROUNDS = 20  # changes by others while the gate is being set; each was another call


def announced() -> Session | None:
    """The session that gamers see: open, or closed and the last one, or none yet."""
    value = client("ssm").get_parameter(Name=setting("SESSION_PARAMETER"))["Parameter"]["Value"]
    session: dict[str, Any] | None = json.loads(value)
    return session


def shut() -> None:
    """From now on no posts are accepted."""
    _let_in(SHUT, NEVER)


def settle(last: Session | None = None) -> None:
    """Make gate and announcement what the register says. last: the session to show when none is open.

    Opening, starting and closing may meet, and neither parameter nor stage knows conditions. So whoever has changed the
    register sets both, then looks whether the register still says the same, and else sets them again: whoever is last
    leaves what is right.
    """
    for _ in range(_ROUNDS):
        session = register.current()
        if session and "ClosingTime" in session:
            session, last = None, session
        if session is None:
            last = last or _closed_meanwhile()
        if shown := session or last:
            _announce(shown)
        _let_in(*_wanted(session))
        if _unchanged(session, last):
            return
    raise RuntimeError("the register does not come to rest")


def settled(session: Session) -> bool:
    """Whether gate and announcement say of the open session what the register does."""
    if announced() != public(session):
        return False
    stage = client("apigateway").get_stage(restApiId=setting("REST_API_ID"), stageName=setting("STAGE_NAME"))
    variables = stage.get("variables", {})
    return (variables.get("openSession"), variables.get("closesAt")) == _wanted(session)


def _closed_meanwhile() -> Session | None:
    """The session that gamers see as open though none is: another call may have announced it after its closing."""
    seen = announced()
    return register.find(seen["SessionId"]) if seen and "ClosingTime" not in seen else None


def _unchanged(session: Session | None, last: Session | None) -> bool:
    now = register.current()
    if now and "ClosingTime" in now:
        return session is None and bool(last) and last == now
    return now == session


def _wanted(session: Session | None) -> tuple[str, str]:
    if session is None:
        return SHUT, NEVER
    end = closes_at(session)
    return str(session["SessionId"]), NEVER if end is None else str(end)


def _announce(session: Session) -> None:
    name = setting("SESSION_PARAMETER")
    client("ssm").put_parameter(Name=name, Value=json.dumps(public(session)), Type="String", Overwrite=True)


def _let_in(session_id: str, until: str) -> None:
    client("apigateway").update_stage(
        restApiId=setting("REST_API_ID"),
        stageName=setting("STAGE_NAME"),
        patchOperations=[
            {"op": "replace", "path": "/variables/openSession", "value": session_id},
            {"op": "replace", "path": "/variables/closesAt", "value": until},
        ],
    )
