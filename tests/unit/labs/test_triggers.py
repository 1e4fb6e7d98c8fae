"""The functions that others call: the user pool's trigger, the WebSocket API's authorizer."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from labs.alien_attack import aws, pool, register
from labs.alien_attack.handlers import authorize, post_confirmation
from labs.alien_attack.tokens import BadToken

ARN = "arn:aws:execute-api:us-east-1:000000000000:live/production/$connect"


@pytest.fixture
def cognito(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """A Cognito that answers what it is told to, and nothing else."""
    monkeypatch.setenv("GROUP_NAME", "Players")
    with Stubber(aws.client("cognito-idp")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    aws.client.cache_clear()


def confirmed(source: str) -> dict[str, Any]:
    """What Cognito says when somebody has confirmed something."""
    return {"triggerSource": source, "userPoolId": "us-east-1_pool", "userName": "ada", "request": {}, "response": {}}


def test_who_has_signed_up_is_a_player(cognito: Stubber) -> None:
    """The event goes back to Cognito as it came."""
    expected = {"UserPoolId": "us-east-1_pool", "Username": "ada", "GroupName": "Players"}
    cognito.add_response("admin_add_user_to_group", {}, expected)
    event = confirmed("PostConfirmation_ConfirmSignUp")

    assert post_confirmation.handler(event, None) == confirmed("PostConfirmation_ConfirmSignUp")


def test_who_has_a_new_password_is_what_he_was(cognito: Stubber) -> None:
    """The same trigger, another source: nothing is called."""
    assert cognito
    event = confirmed("PostConfirmation_ConfirmForgotPassword")

    assert post_confirmation.handler(event, None) == event


def test_a_good_token_lets_its_owner_in_under_his_name_and_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy for this very connection; the context is what the other functions know of the caller."""
    claims = {"sub": "s", "cognito:username": "ada", "cognito:groups": ["Players", "Managers"]}
    monkeypatch.setattr(pool, "claims", lambda token, now: claims if token == "good" and now <= time.time() else {})

    answer = authorize.handler({"methodArn": ARN, "queryStringParameters": {"token": "good"}}, None)

    assert answer["context"] == {"username": "ada", "groups": "Players,Managers"}
    (statement,) = answer["policyDocument"]["Statement"]
    assert (statement["Effect"], statement["Resource"]) == ("Allow", ARN)


@pytest.mark.parametrize("query", [None, {}, {"token": ""}, {"token": "bad"}])
def test_a_bad_token_is_unauthorized(monkeypatch: pytest.MonkeyPatch, query: dict[str, str] | None) -> None:
    """By the words that API Gateway makes 401 of; the token is in no message."""

    def refuse(_token: str, _now: float) -> None:
        raise BadToken("expired")

    monkeypatch.setattr(pool, "claims", refuse)
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize.handler({"methodArn": ARN, "queryStringParameters": query}, None)


@pytest.mark.parametrize(
    ("board", "token", "context"),
    [
        ("S", "K7QP2MXA", {"board": "S"}),
        ("S", "manager's", {"username": "boss", "groups": "Managers", "board": "S"}),
        ("S", "gamer's", None),
        ("S", "WRONGXYZ", None),
        ("S", "", None),
        ("T", "K7QP2MXA", None),
        ("T", "", None),
        ("S" * 81, "K7QP2MXA", None),
        ("", "K7QP2MXA", None),
    ],
)
def test_a_board_is_watched_by_who_has_its_code_and_by_managers(
    monkeypatch: pytest.MonkeyPatch, board: str, token: str, context: dict[str, str] | None
) -> None:
    """One session's code opens that session's board alone; a session without a code is opened by none."""
    owners = {"manager's": ("boss", "Managers"), "gamer's": ("ada", "Players")}

    def claims(token: str, _now: float) -> dict[str, object]:
        if token not in owners:
            raise BadToken("not a token")
        name, group = owners[token]
        return {"sub": name, "cognito:username": name, "cognito:groups": [group]}

    sessions = {"S": {"SessionId": "S", "BoardCode": "K7QP2MXA"}, "T": {"SessionId": "T"}}
    monkeypatch.setattr(pool, "claims", claims)
    monkeypatch.setattr(register, "find", sessions.get)
    event = {"methodArn": ARN, "queryStringParameters": {"board": board, "token": token}}

    if context is None:
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            authorize.handler(event, None)
    else:
        assert authorize.handler(event, None)["context"] == context
