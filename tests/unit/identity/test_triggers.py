"""Functions of the pool: what they are told, what they decide, and what becomes of their failures."""

import base64
import json
import threading
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError

from services.identity.triggers.trigger import Triggers

from .world import PASSWORD, Pool, Refusal, World

Event = dict[str, Any]


def arn(name: str) -> str:
    """A function's ARN."""
    return f"arn:aws:lambda:us-east-1:000000000000:function:{name}"


async def with_functions(world: World, **functions: Any) -> Pool:
    """A pool whose triggers are these functions."""
    world.functions.by_name.update({arn(name): function for name, function in functions.items()})
    return await world.pool(LambdaConfig={name: arn(name) for name in functions})


def unchanged(event: Event) -> Event:
    """A function that only looks on."""
    return event


def answering(**response: Any) -> Any:
    """A function with this response."""

    def function(event: Event) -> Event:
        return {**event, "response": response}

    return function


def failing(event: Event) -> Event:
    """A function that says no."""
    raise ValueError("not you")


def said(token: str) -> dict[str, Any]:
    """Claims, unverified."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


async def test_sign_up_is_told_and_can_be_confirmed_by_a_function(world: World) -> None:
    """PreSignUp's event has AWS's shape; autoConfirmUser and autoVerifyEmail count, and no code is sent."""
    judge = answering(autoConfirmUser=True, autoVerifyEmail=True)
    pool = await with_functions(world, PreSignUp=judge, PostConfirmation=unchanged)
    data = [{"Name": "invited-by", "Value": "bob"}]
    answer = await pool.sign_up(ValidationData=data, ClientMetadata={"page": "1"})
    before, after = world.functions.events

    assert answer["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in answer
    assert await world.mail("ada@example.com") == []
    assert await pool.tokens()
    context = before.pop("callerContext")
    assert before == {
        "version": "1",
        "triggerSource": "PreSignUp_SignUp",
        "region": "us-east-1",
        "userPoolId": pool.id,
        "userName": "ada",
        "request": {
            "userAttributes": {"email": "ada@example.com"},
            "validationData": {"invited-by": "bob"},
            "clientMetadata": {"page": "1"},
        },
        "response": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    }
    assert context["clientId"] == pool.client
    assert after["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert after["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert after["request"]["userAttributes"]["email_verified"] == "true"


async def test_a_function_that_raises_refuses_the_sign_up(world: World) -> None:
    """UserLambdaValidationException with the function's words; there is no such user afterwards."""
    pool = await with_functions(world, PreSignUp=failing)
    with pytest.raises(Refusal, match=r"UserLambdaValidationException: PreSignUp failed with error not you."):
        await pool.sign_up()

    with pytest.raises(Refusal, match=r"UserNotFoundException"):
        await pool.user()


@pytest.mark.parametrize("answer", [None, "text", {}, {"response": None}, {"response": []}])
async def test_a_function_must_return_the_event(world: World, answer: Any) -> None:
    """InvalidLambdaResponseException."""
    pool = await with_functions(world, PreSignUp=lambda _: answer)

    with pytest.raises(Refusal, match=r"InvalidLambdaResponseException"):
        await pool.sign_up()


async def test_a_failure_after_confirmation_is_told_but_undoes_nothing(world: World) -> None:
    """The user is CONFIRMED; AdminConfirmSignUp calls the function too."""
    pool = await with_functions(world, PostConfirmation=failing)
    await pool.sign_up()
    with pytest.raises(Refusal, match=r"UserLambdaValidationException: PostConfirmation failed with error not you."):
        await pool.confirm()

    assert (await pool.user())["UserStatus"] == "CONFIRMED"
    await pool.sign_up("bob")
    with pytest.raises(Refusal, match=r"PostConfirmation failed"):
        await world.call("AdminConfirmSignUp", UserPoolId=pool.id, Username="bob")


async def test_a_function_that_hangs_is_tried_three_times(world: World) -> None:
    """UnexpectedLambdaException after three times its budget; nobody else waits."""
    pool = await with_functions(world, PreAuthentication=unchanged)
    await pool.gamer()
    ended, calls = threading.Event(), []

    def hanging(event: Event) -> Event:
        calls.append(event)
        ended.wait(30)
        return event

    world.functions.by_name[arn("PreAuthentication")] = hanging
    world.box.triggers._budget = 0.05
    with pytest.raises(Refusal, match=r"UnexpectedLambdaException: PreAuthentication invocation failed"):
        await pool.sign_in()
    ended.set()

    assert len(calls) == 3


async def test_a_function_that_is_missing_or_busy(world: World) -> None:
    """Throttled: tried again; not there: UnexpectedLambdaException at once."""
    pool = await with_functions(world, PreSignUp=unchanged)
    answers = iter([refusal("TooManyRequestsException"), refusal("TooManyRequestsException"), None])

    def busy(event: Event) -> Event:
        if (error := next(answers)) is not None:
            raise error
        return event

    world.functions.by_name[arn("PreSignUp")] = busy
    assert await pool.sign_up()

    def gone(_: Event) -> Event:
        raise refusal("ResourceNotFoundException")

    world.functions.by_name[arn("PreSignUp")] = gone
    with pytest.raises(Refusal, match=r"UnexpectedLambdaException: .* ResourceNotFoundException"):
        await pool.sign_up("bob")


async def test_functions_stand_before_and_behind_a_sign_in(world: World) -> None:
    """PreAuthentication may refuse before the password is looked at, PostAuthentication sees who came in."""
    pool = await with_functions(world, PreAuthentication=unchanged, PostAuthentication=unchanged)
    await pool.gamer()
    await pool.tokens()
    assert [event["triggerSource"] for event in world.functions.events] == [
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
    ]
    world.functions.by_name[arn("PreAuthentication")] = failing

    with pytest.raises(Refusal, match=r"PreAuthentication failed with error not you."):
        await pool.sign_in(password="Wrong-0ne")


async def test_a_function_adds_claims_to_id_tokens(world: World) -> None:
    """PreTokenGeneration, version 1: claims and groups of the ID token, groups of the access token."""
    override = {
        "claimsToAddOrOverride": {"rank": "7", "sub": "forged"},
        "claimsToSuppress": ["email"],
        "groupOverrideDetails": {"groupsToOverride": ["Guests"], "iamRolesToOverride": ["r"], "preferredRole": "r"},
    }
    pool = await with_functions(world, PreTokenGeneration=answering(claimsOverrideDetails=override))
    await pool.gamer()
    tokens = await pool.tokens()
    identity, access = said(tokens["IdToken"]), said(tokens["AccessToken"])

    assert (identity["rank"], identity["cognito:groups"]) == ("7", ["Guests"])
    assert identity["cognito:preferred_role"] == "r"
    assert "email" not in identity
    assert identity["sub"] == access["sub"] != "forged"
    assert "rank" not in access
    assert access["cognito:groups"] == ["Guests"]
    await pool.refresh(tokens["RefreshToken"])
    sources = [event["triggerSource"] for event in world.functions.events]
    assert sources == ["TokenGeneration_Authentication", "TokenGeneration_RefreshTokens"]


async def test_a_function_of_version_2_adds_to_access_tokens_too(world: World) -> None:
    """Claims of both tokens, and scopes."""
    world.functions.by_name[arn("tokens")] = answering(
        claimsAndScopeOverrideDetails={
            "idTokenGeneration": {"claimsToAddOrOverride": {"rank": 7}},
            "accessTokenGeneration": {"claimsToAddOrOverride": {"tier": ["gold"]}, "scopesToAdd": ["play"]},
        }
    )
    config = {"LambdaVersion": "V2_0", "LambdaArn": arn("tokens")}
    pool = await world.pool(LambdaConfig={"PreTokenGenerationConfig": config})
    await pool.gamer()
    tokens = await pool.tokens()
    access = said(tokens["AccessToken"])

    assert said(tokens["IdToken"])["rank"] == 7
    assert access["tier"] == ["gold"]
    assert access["scope"] == "aws.cognito.signin.user.admin play"
    event = world.functions.events[0]
    assert (event["version"], event["request"]["scopes"]) == ("2", ["aws.cognito.signin.user.admin"])


async def test_a_function_words_the_mail(world: World) -> None:
    """CustomMessage, if it keeps the place of the code."""
    letter = answering(emailMessage="Welcome! {####}", emailSubject="Hi")
    pool = await with_functions(world, CustomMessage=letter)
    await pool.sign_up()
    mail = (await world.mail("ada@example.com"))[0]

    assert (mail["Subject"], mail["Text"]) == ("Hi", f"Welcome! {mail['Code']}")
    assert world.functions.events[0]["triggerSource"] == "CustomMessage_SignUp"
    assert world.functions.events[0]["request"]["codeParameter"] == "{####}"
    world.functions.by_name[arn("CustomMessage")] = answering(emailMessage="no code in here")
    await pool.sign_up("bob")
    mail = (await world.mail("bob@example.com"))[0]
    assert mail["Text"] == f"Your confirmation code is {mail['Code']}"


async def test_a_function_brings_users_from_elsewhere(world: World) -> None:
    """UserMigration: who has the old password is let in and stays; who has not is nobody."""

    def old_system(event: Event) -> Event:
        if event["request"]["password"] != PASSWORD:
            raise ValueError("unknown")
        attributes = {"email": "old@example.com", "email_verified": "true"}
        return {**event, "response": {"userAttributes": attributes, "finalUserStatus": "CONFIRMED"}}

    pool = await with_functions(world, UserMigration=old_system)
    with pytest.raises(Refusal, match=r"UserNotFoundException"):
        await pool.sign_in("old", "Wrong-0ne")
    assert said((await pool.tokens("old"))["IdToken"])["email"] == "old@example.com"
    world.functions.by_name[arn("UserMigration")] = failing

    assert await pool.tokens("old")
    assert world.functions.events[0]["triggerSource"] == "UserMigration_Authentication"


async def test_functions_make_challenges_of_their_own(world: World) -> None:
    """CUSTOM_AUTH: defined, created, answered wrongly, then rightly; private parameters stay private."""

    def define(event: Event) -> Event:
        session = event["request"]["session"]
        done = bool(session) and session[-1]["challengeResult"] is True
        lost = len(session) >= 2 and not done
        response = {"issueTokens": done, "failAuthentication": lost, "challengeName": "CUSTOM_CHALLENGE"}
        return {**event, "response": response}

    create = answering(
        publicChallengeParameters={"question": "6 x 7"},
        privateChallengeParameters={"answer": "forty-two"},
        challengeMetadata="SUM",
    )

    def verify(event: Event) -> Event:
        request = event["request"]
        right = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
        return {**event, "response": {"answerCorrect": right}}

    pool = await with_functions(
        world, DefineAuthChallenge=define, CreateAuthChallenge=create, VerifyAuthChallengeResponse=verify
    )
    await pool.gamer()

    async def begin() -> Event:
        asked = {"ClientId": pool.client, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": {"USERNAME": "ada"}}
        return await world.call("InitiateAuth", **asked)

    async def answer(session: str, text: str) -> Event:
        given = {"USERNAME": "ada", "ANSWER": text}
        asked = {"ClientId": pool.client, "ChallengeName": "CUSTOM_CHALLENGE", "Session": session}
        return await world.call("RespondToAuthChallenge", **asked, ChallengeResponses=given)

    first = await begin()
    assert first["ChallengeParameters"] == {"USERNAME": "ada", "question": "6 x 7"}
    assert b"forty-two" not in base64.b64decode(first["Session"])
    second = await answer(first["Session"], "forty-one")
    with pytest.raises(Refusal, match=r"Invalid session for the user"):
        await answer(first["Session"], "forty-two")
    assert (await answer(second["Session"], "forty-two"))["AuthenticationResult"]["IdToken"]
    results = [
        event["request"].get("session") for event in world.functions.events if "Define" in event["triggerSource"]
    ]
    assert [one["challengeResult"] for one in results[-1]] == [False, True]
    third = await answer((await begin())["Session"], "1")
    with pytest.raises(Refusal, match=r"NotAuthorizedException"):
        await answer(third["Session"], "2")


def refusal(code: str) -> ClientError:
    """What boto3 raises."""
    return ClientError({"Error": {"Code": code, "Message": json.dumps(code)}}, "Invoke")


def test_triggers_have_aws_s_patience() -> None:
    """Five seconds, three times."""
    from services.identity.triggers import trigger

    assert (trigger.BUDGET, trigger.ATTEMPTS) == (5.0, 3)
    assert Triggers(None, "us-east-1", None)._budget == 5.0  # type: ignore[arg-type]
