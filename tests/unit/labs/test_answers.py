"""Answers of functions to API Gateway, and who is calling."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labs.alien_attack import caller, pool, register
from labs.alien_attack.answers import Event, Refused, answering
from labs.alien_attack.handlers import authorize, read_gamers


def event(**claims: str) -> dict[str, Any]:
    """A proxy event with these claims."""
    return {"requestContext": {"authorizer": {"claims": claims}}}


def test_what_a_function_returns_is_the_body_of_a_200_that_browsers_may_read() -> None:
    """JSON text, with the CORS header; any Unicode survives."""
    answer = answering(lambda _event: {"name": "🚀"})({}, None)

    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"name": "🚀"})
    assert answer["headers"] == {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}


def test_a_refusal_is_an_answer_too() -> None:
    """Its status and body, with the same headers."""

    @answering
    def function(_event: Event) -> dict[str, str]:
        raise Refused(422, errorCode="NoSeatsAvailable")

    answer = function({}, None)

    assert (answer["statusCode"], json.loads(answer["body"])) == (422, {"errorCode": "NoSeatsAvailable"})
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"


def test_an_error_of_aws_is_a_500_that_names_it(caplog: pytest.LogCaptureFixture) -> None:
    """The operation and the code, which tell a learner what is missing; the log has the rest."""

    @answering
    def function(_event: Event) -> dict[str, str]:
        raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")

    answer = function({}, None)

    assert answer["statusCode"] == 500
    assert json.loads(answer["body"]) == {"errorMessage": "GetParameter failed", "errorCode": "ParameterNotFound"}
    assert "an AWS call failed" in caplog.text


def test_a_mistake_in_the_code_is_raised() -> None:
    """Lambda logs where it happened, and the gateway answers 502."""
    with pytest.raises(ZeroDivisionError):
        answering(lambda _event: {"n": 1 // 0})({}, None)


def test_the_gamer_is_the_user_name_in_the_claims() -> None:
    """Nothing else of the event is looked at."""
    assert caller.gamer(event(**{"cognito:username": "ada"}) | {"body": '{"Username": "linus"}'}) == "ada"


@pytest.mark.parametrize("nobody", [{}, {"requestContext": {}}, {"requestContext": {"authorizer": None}}, event()])
def test_without_claims_nobody_is_calling(nobody: dict[str, Any]) -> None:
    """401."""
    with pytest.raises(Refused) as refused:
        caller.gamer(nobody)
    assert refused.value.status == 401


@pytest.mark.parametrize("groups", ["Managers", "Players,Managers", "Managers,Players"])
def test_members_of_the_group_are_managers(groups: str) -> None:
    """A REST API joins a claim's list with commas."""
    caller.require_manager(event(**{"cognito:username": "m", "cognito:groups": groups}))


@pytest.mark.parametrize("groups", ["", "Players", "ManagersOfNothing", "managers"])
def test_all_others_are_not(groups: str) -> None:
    """403 with a message."""
    with pytest.raises(Refused) as refused:
        caller.require_manager(event(**{"cognito:username": "ada", "cognito:groups": groups}))
    assert (refused.value.status, list(refused.value.body)) == (403, ["message"])


def test_a_managers_question_about_a_name_that_no_session_can_have_is_refused() -> None:
    """400, and no table is asked for a key that is longer than keys may be."""
    claims = event(**{"cognito:username": "m", "cognito:groups": "Managers"})
    answer = read_gamers.handler(claims | {"queryStringParameters": {"sessionId": "S" * 2100}}, None)

    assert (answer["statusCode"], json.loads(answer["body"])) == (400, {"message": "sessionId names no session"})


def test_a_manager_who_would_watch_a_board_that_no_session_can_have_is_not_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name of 80 characters is a session's at most; a longer one would be no key of the watchers' table."""
    claims = {"sub": "1", "cognito:username": "m", "cognito:groups": ["Managers"]}
    monkeypatch.setattr(pool, "claims", lambda *_: claims)
    monkeypatch.setattr(register, "find", lambda _: None)

    def watching(board: str) -> dict[str, Any]:
        asked = {"token": "t", "board": board}
        return dict(authorize.handler({"methodArn": "arn", "queryStringParameters": asked}, None)["context"])

    assert watching("S" * 80)["board"] == "S" * 80
    with pytest.raises(Exception, match="Unauthorized"):
        watching("S" * 81)
