"""CUSTOM_AUTH: functions of the pool define, create and verify the challenges.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html
"""

from collections.abc import Sequence
from typing import Any

from services.identity.box import Answer, Box
from services.identity.errors import invalid, no_user, not_authorized
from services.identity.pools import secret_hash
from services.identity.signin import challenge, outcome, password
from services.identity.users.user import User
from services.identity.visit import Visit

NAME = "CUSTOM_CHALLENGE"
_SRP = "SRP_A"
_FUNCTIONS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")

Results = Sequence[dict[str, Any]]
"""The challenges so far: {"challengeName", "challengeResult", "challengeMetadata"}."""


async def begin(box: Box, visit: Visit) -> Answer:
    """The first challenge; SRP where the client starts with it (CHALLENGE_NAME=SRP_A)."""
    if not all(visit.pool.triggers.get(name) for name in _FUNCTIONS):
        raise invalid("Custom auth lambda trigger is not configured for the user pool.")
    given = visit.asked["AuthParameters"]
    typed = password.parameter(given, "USERNAME")
    secret_hash.check(visit.client, given.get("SECRET_HASH"), typed)
    user = await box.users.find(visit.pool, typed)
    if user is None and not secret_hash.hides_existence(visit.client):
        raise no_user()
    await password.before(box, visit, typed, user)
    if given.get("CHALLENGE_NAME") == _SRP:
        public = password.parameter(given, _SRP)
        results = [{"challengeName": _SRP, "challengeResult": True, "challengeMetadata": None}]
        answer = await _define(box, visit, typed, user, results)
        if answer.get("challengeName") == password.VERIFIER:
            return await password.srp_challenge(box, visit, typed, user, public, results=results)
        return await _next(box, visit, typed, user, results, answer=answer)
    return await _next(box, visit, typed, user, [])


async def answered(box: Box, visit: Visit) -> Answer:
    """CUSTOM_CHALLENGE answered."""
    state = challenge.read(box, visit.client, visit.asked.get("Session"), NAME)
    given = visit.asked.get("ChallengeResponses") or {}
    secret_hash.check(visit.client, given.get("SECRET_HASH"), given.get("USERNAME", ""), state["typed"])
    answer = password.parameter(given, "ANSWER")
    await challenge.spend(box, state)
    user = await box.users.by_key(visit.pool, state["user"]) if state["real"] else None
    right = await _verify(box, visit, state, user, answer)
    result = {"challengeName": NAME, "challengeResult": right, "challengeMetadata": state.get("metadata")}
    return await _next(box, visit, state["typed"], user, [*state["results"], result])


async def after_srp(box: Box, visit: Visit, user: User, results: Results) -> Answer:
    """PASSWORD_VERIFIER answered within a custom flow."""
    outcome.check(box, user)
    result = {"challengeName": password.VERIFIER, "challengeResult": True, "challengeMetadata": None}
    return await _next(box, visit, user.username, user, [*results, result])


async def _next(
    box: Box,
    visit: Visit,
    typed: str,
    user: User | None,
    results: Results,
    *,
    answer: dict[str, Any] | None = None,
) -> Answer:
    answer = answer or await _define(box, visit, typed, user, results)
    if answer.get("failAuthentication"):
        raise not_authorized()
    if answer.get("issueTokens"):
        if user is None:
            raise not_authorized()
        outcome.check(box, user)
        return await outcome.completed(box, visit, user, "TokenGeneration_Authentication")
    if answer.get("challengeName") != NAME:
        raise invalid(f"Unsupported challenge {answer.get('challengeName')}")
    return await _challenge(box, visit, typed, user, results)


async def _challenge(box: Box, visit: Visit, typed: str, user: User | None, results: Results) -> Answer:
    request = {**_about(visit, user, results), "challengeName": NAME}
    made = await _run(box, visit, "CreateAuthChallenge", user.username if user else typed, request)
    state = {
        "challenge": NAME,
        "user": user.key if user else visit.pool.key(typed),
        "real": int(user is not None),
        "typed": typed,
        "results": list(results),
        "private": made.get("privateChallengeParameters") or {},
        "metadata": made.get("challengeMetadata"),
    }
    shown = {name: str(value) for name, value in (made.get("publicChallengeParameters") or {}).items()}
    parameters = {"USERNAME": user.username if user else typed, **shown}
    session = challenge.issue(box, visit.client, state)
    return {"ChallengeName": NAME, "Session": session, "ChallengeParameters": parameters}


async def _define(box: Box, visit: Visit, typed: str, user: User | None, results: Results) -> dict[str, Any]:
    return await _run(box, visit, "DefineAuthChallenge", user.username if user else typed, _about(visit, user, results))


async def _verify(box: Box, visit: Visit, state: dict[str, Any], user: User | None, answer: str) -> bool:
    request = {
        **_about(visit, user, ()),
        "privateChallengeParameters": state["private"],
        "challengeAnswer": answer,
    }
    del request["session"]
    found = await _run(box, visit, _FUNCTIONS[2], user.username if user else state["typed"], request)
    return found.get("answerCorrect") is True


def _about(visit: Visit, user: User | None, results: Results) -> dict[str, Any]:
    return {
        "userAttributes": user.for_triggers() if user else {},
        "session": list(results),
        "clientMetadata": visit.metadata,
        "userNotFound": user is None,
    }


async def _run(box: Box, visit: Visit, trigger: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
    return await box.triggers.run(visit, trigger, f"{trigger}_Authentication", name, request) or {}
