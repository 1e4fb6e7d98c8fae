"""Every error that facts about Cognito list: its name and its text, and when it is answered."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from services.identity import tables
from services.identity.secrets import passwords

from .world import PASSWORD, Pool, Refusal, World

INVALID = "InvalidParameterException"


@pytest.fixture
async def pool(world: World) -> Pool:
    """A pool with the usual settings."""
    return await world.pool()


async def refused(call: object) -> tuple[str, str]:
    """Name and text of the error that a call is answered with."""
    with pytest.raises(Refusal) as caught:
        await call  # type: ignore[misc]
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


async def test_a_name_can_be_taken_once(pool: Pool) -> None:
    """UsernameExistsException."""
    await pool.sign_up()

    assert await refused(pool.sign_up()) == ("UsernameExistsException", "User already exists")


async def test_an_address_that_stands_for_a_name_can_be_taken_once(world: World) -> None:
    """In a pool whose users sign up with their address, the same error has another text."""
    pool = await world.pool(UsernameAttributes=["email"])
    asked = {"ClientId": pool.client, "Username": "ada@example.com", "Password": PASSWORD}
    await world.call("SignUp", **asked)

    expected = ("UsernameExistsException", "An account with the given email already exists.")
    assert await refused(world.call("SignUp", **asked)) == expected


@pytest.mark.parametrize("faster", [0, 1])
async def test_of_two_who_sign_up_at_once_with_one_address_one_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, faster: int
) -> None:
    """The first one has taken the name, and has no user yet; the second one found it without a user, and takes it."""
    pool = await world.pool(UsernameAttributes=["email"])
    gates = {tables.USERS: (asyncio.Event(), asyncio.Event()), tables.NAMES: (asyncio.Event(), asyncio.Event())}

    def held_up(name: str, write: str) -> None:
        table, (there, go_on) = world.tables[name], gates[name]
        real = getattr(table, write)

        async def slow(*args: Any) -> Any:
            if not there.is_set():
                there.set()
                await go_on.wait()
            return await real(*args)

        monkeypatch.setattr(table, write, slow)

    held_up(tables.USERS, "create")
    held_up(tables.NAMES, "update")
    asked = {"ClientId": pool.client, "Username": "ada@example.com", "Password": PASSWORD}
    both = []
    for there, _ in gates.values():
        both.append(asyncio.create_task(world.call("SignUp", **asked)))
        await there.wait()
    go_on = [gate[1] for gate in gates.values()]
    go_on[faster].set()
    known = await both[faster]
    go_on[1 - faster].set()

    expected = ("UsernameExistsException", "An account with the given email already exists.")
    assert await refused(both[1 - faster]) == expected
    assert (await pool.user("ada@example.com"))["Username"] == known["UserSub"]
    assert len((await world.call("ListUsers", UserPoolId=pool.id))["Users"]) == 1


async def test_an_address_is_not_taken_because_nobody_can_look(world: World) -> None:
    """While the table is away signing up fails as everything does, and works as soon as it is back."""
    pool = await world.pool(UsernameAttributes=["email"])
    asked = {"ClientId": pool.client, "Username": "ada@example.com", "Password": PASSWORD}
    world.tables[tables.NAMES].offline = EndpointConnectionError(endpoint_url="http://nowhere")
    with pytest.raises(Refusal) as caught:
        await world.call("SignUp", **asked)
    assert (caught.value.status, caught.value.code) == (500, "InternalErrorException")

    world.tables[tables.NAMES].offline = None
    assert (await world.call("SignUp", **asked))["UserConfirmed"] is False


async def test_an_alias_belongs_to_who_proved_it_first(world: World) -> None:
    """AliasExistsException at confirmation; with ForceAliasCreation the later one takes it."""
    pool = await world.pool(AliasAttributes=["email"])
    same = [{"Name": "email", "Value": "same@example.com"}]
    for name in ("ada", "bob"):
        await pool.sign_up(name, UserAttributes=same)
    codes = [mail["Code"] for mail in await world.mail("same@example.com")]
    await pool.confirm("ada", codes[1])

    expected = ("AliasExistsException", "An account with the given email already exists.")
    assert await refused(pool.confirm("bob", codes[0])) == expected
    asked = {"ClientId": pool.client, "Username": "bob", "ConfirmationCode": codes[0]}
    await world.call("ConfirmSignUp", **asked, ForceAliasCreation=True)
    ada = {one["Name"]: one["Value"] for one in (await pool.user("ada"))["UserAttributes"]}
    assert ada["email_verified"] == "false"
    assert (await pool.user("same@example.com"))["Username"] == "bob"


@pytest.mark.parametrize(
    ("password", "lack"),
    [
        ("Aa1-", "Password not long enough"),
        ("sesame-0pen", "Password must have uppercase characters"),
        ("SESAME-0PEN", "Password must have lowercase characters"),
        ("Sesame-open", "Password must have numeric characters"),
        ("Sesame0open", "Password must have symbol characters"),
    ],
)
async def test_a_password_must_conform_with_the_policy(pool: Pool, password: str, lack: str) -> None:
    """InvalidPasswordException names the first thing that is missing."""
    expected = ("InvalidPasswordException", f"Password did not conform with policy: {lack}")

    assert await refused(pool.sign_up(password=password)) == expected


async def test_a_wrong_code_confirms_nobody(pool: Pool) -> None:
    """CodeMismatchException, and the user stays UNCONFIRMED."""
    await pool.sign_up()
    wrong = "000000" if await pool.world.code("ada@example.com") != "000000" else "111111"

    expected = ("CodeMismatchException", "Invalid verification code provided, please try again.")
    assert await refused(pool.confirm(code=wrong)) == expected
    assert (await pool.user())["UserStatus"] == "UNCONFIRMED"


async def test_a_code_is_good_for_a_day(pool: Pool) -> None:
    """ExpiredCodeException afterwards."""
    await pool.sign_up()
    pool.world.now += 24 * 3600 + 1

    expected = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
    assert await refused(pool.confirm()) == expected


async def test_a_new_code_ends_the_one_before(pool: Pool) -> None:
    """ResendConfirmationCode; the old code no longer confirms."""
    await pool.sign_up()
    old = await pool.world.code("ada@example.com")
    answer = await pool.world.call("ResendConfirmationCode", ClientId=pool.client, Username="ada")
    details = {"AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "a***@e***"}
    new = await pool.world.code("ada@example.com")

    assert answer == {"CodeDeliveryDetails": details}
    if new != old:
        assert (await refused(pool.confirm(code=old)))[0] == "CodeMismatchException"
    await pool.confirm(code=new)


async def test_nobody_is_confirmed_twice(pool: Pool) -> None:
    """The code that was used, and an administrator: both hear which state the user is in."""
    await pool.sign_up()
    code = await pool.world.code("ada@example.com")
    await pool.confirm(code=code)

    expected = ("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
    assert await refused(pool.confirm(code=code)) == expected
    assert await refused(pool.world.call("AdminConfirmSignUp", UserPoolId=pool.id, Username="ada")) == expected


async def test_the_code_for_a_new_password_is_good_once(pool: Pool) -> None:
    """ExpiredCodeException for a code that was used."""
    await pool.gamer()
    await pool.world.call("ForgotPassword", ClientId=pool.client, Username="ada")
    code = await pool.world.code("ada@example.com")
    asked = {"ClientId": pool.client, "Username": "ada", "ConfirmationCode": code, "Password": "Another-1"}
    await pool.world.call("ConfirmForgotPassword", **asked)

    assert await pool.tokens(password="Another-1")
    assert (await refused(pool.world.call("ConfirmForgotPassword", **asked)))[0] == "ExpiredCodeException"


async def test_who_is_not_confirmed_hears_it_only_with_the_right_password(pool: Pool) -> None:
    """UserNotConfirmedException after, NotAuthorizedException before."""
    await pool.sign_up()

    assert await refused(pool.sign_in()) == ("UserNotConfirmedException", "User is not confirmed.")
    expected = ("NotAuthorizedException", "Incorrect username or password.")
    assert await refused(pool.sign_in(password="Wrong-0ne")) == expected


async def test_who_is_disabled_does_not_come_in(pool: Pool) -> None:
    """NotAuthorizedException at sign-in, at refresh and for a token from before."""
    await pool.gamer()
    tokens = await pool.tokens()
    await pool.world.call("AdminDisableUser", UserPoolId=pool.id, Username="ada")

    expected = ("NotAuthorizedException", "User is disabled.")
    assert await refused(pool.sign_in()) == expected
    assert await refused(pool.refresh(tokens["RefreshToken"])) == expected
    assert await refused(pool.world.call("GetUser", AccessToken=tokens["AccessToken"])) == expected
    await pool.world.call("AdminEnableUser", UserPoolId=pool.id, Username="ada")
    assert await pool.tokens()


async def test_a_missing_user_is_told_or_hidden(world: World) -> None:
    """UserNotFoundException only for app clients with LEGACY existence errors."""
    legacy = await world.pool()
    hiding = await world.pool(client={"PreventUserExistenceErrors": "ENABLED"})
    asked = {"Username": "nobody"}

    missing = ("UserNotFoundException", "User does not exist.")
    assert await refused(legacy.sign_in("nobody")) == missing
    assert await refused(world.call("ForgotPassword", ClientId=legacy.client, **asked)) == missing
    assert await refused(legacy.user("nobody")) == missing
    assert await refused(hiding.user("nobody")) == missing
    expected = ("NotAuthorizedException", "Incorrect username or password.")
    assert await refused(hiding.sign_in("nobody")) == expected


async def test_a_password_that_was_reset_must_be_replaced(pool: Pool) -> None:
    """PasswordResetRequiredException, until the mailed code has set a new one."""
    await pool.gamer()
    await pool.world.call("AdminResetUserPassword", UserPoolId=pool.id, Username="ada")

    expected = ("PasswordResetRequiredException", "Password reset required for the user")
    assert await refused(pool.sign_in()) == expected
    asked = {"ConfirmationCode": await pool.world.code("ada@example.com"), "Password": "Another-1"}
    await pool.world.call("ConfirmForgotPassword", ClientId=pool.client, Username="ada", **asked)
    assert await pool.tokens(password="Another-1")


async def test_codes_are_not_guessed(pool: Pool) -> None:
    """LimitExceededException after five wrong ones, for the right one too; and after ten codes within an hour."""
    await pool.sign_up()
    right = await pool.world.code("ada@example.com")
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        assert (await refused(pool.confirm(code=wrong)))[0] == "CodeMismatchException"

    expected = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
    assert await refused(pool.confirm(code=right)) == expected
    resend = {"ClientId": pool.client, "Username": "ada"}
    for _ in range(9):
        await pool.world.call("ResendConfirmationCode", **resend)
    assert await refused(pool.world.call("ResendConfirmationCode", **resend)) == expected
    pool.world.now += 3601
    await pool.world.call("ResendConfirmationCode", **resend)
    await pool.confirm()


async def test_codes_are_not_guessed_all_at_once_either(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hundred guesses that are under way together five are looked at."""
    await pool.sign_up()
    right = await pool.world.code("ada@example.com")
    attempts = pool.world.tables[tables.ATTEMPTS]
    read = attempts.get

    async def slowly(key: Any) -> Any:
        found = await read(key)
        await asyncio.sleep(0)  # as a table that is elsewhere
        return found

    monkeypatch.setattr(attempts, "get", slowly)
    wrong = [code for code in (f"{number:06d}" for number in range(101)) if code != right][:100]
    answers = await asyncio.gather(*(refused(pool.confirm(code=code)) for code in wrong))

    codes = [code for code, _ in answers]
    assert (codes.count("CodeMismatchException"), codes.count("LimitExceededException")) == (5, 95)


async def test_a_flow_must_be_enabled(world: World) -> None:
    """InvalidParameterException."""
    pool = await world.pool(client={"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]})

    expected = ("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client")
    assert await refused(pool.sign_in()) == expected


async def test_a_flow_s_parameters_must_be_there(pool: Pool) -> None:
    """InvalidParameterException names what is missing."""
    asked = {"ClientId": pool.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "ada"}}

    expected = ("InvalidParameterException", "Missing required parameter PASSWORD")
    assert await refused(pool.world.call("InitiateAuth", **asked)) == expected
    assert (await refused(pool.sign_in("a" * 129)))[0] == "InvalidParameterException"
    for token in (".secret", "used/x.secret", "x" * 5000 + ".y"):
        assert await refused(pool.refresh(token)) == ("NotAuthorizedException", "Invalid Refresh Token")


async def test_required_attributes_must_be_given(world: World) -> None:
    """InvalidParameterException names the attribute; what the schema does not know is refused too."""
    schema = [{"Name": name, "AttributeDataType": "String", "Required": True} for name in ("email", "website")]
    pool = await world.pool(Schema=schema)
    unknown = [{"Name": "custom:rank", "Value": "1"}, {"Name": "email", "Value": "a@b.org"}]

    code, message = await refused(pool.sign_up())
    assert code == "InvalidParameterException"
    assert message == "Attributes did not conform to the schema: website: The attribute is required\n"
    code, message = await refused(pool.sign_up(UserAttributes=unknown))
    assert code == "InvalidParameterException"
    assert "custom:rank" in message


async def test_an_unknown_app_client_does_not_exist(pool: Pool) -> None:
    """ResourceNotFoundException, and for an unknown pool too."""
    asked = {"ClientId": "1example23456789", "Username": "ada", "Password": PASSWORD}

    expected = ("ResourceNotFoundException", "User pool client 1example23456789 does not exist.")
    assert await refused(pool.world.call("SignUp", **asked)) == expected
    gone = pool.world.call("DescribeUserPool", UserPoolId="us-east-1_gone")
    assert await refused(gone) == ("ResourceNotFoundException", "User pool us-east-1_gone does not exist.")


async def test_a_request_must_conform_with_the_model(pool: Pool) -> None:
    """InvalidParameterException as AWS words it; a secret is not repeated."""
    code, message = await refused(pool.world.call("SignUp", ClientId=pool.client, Username="ada", Password="a b"))

    assert code == "InvalidParameterException"
    assert message.startswith("1 validation error detected: Value at 'password' failed to satisfy constraint")
    code, message = await refused(pool.world.call("ConfirmSignUp", ClientId=pool.client, Username="ada"))
    assert "'confirmationCode' failed to satisfy constraint: Member must not be null" in message


async def test_garbage_is_answered_as_aws_does(world: World) -> None:
    """No JSON, no object, no such operation, a type that does not fit, no signature where one is due."""
    assert (await refused(world.post("SignUp", b"{", {})))[0] == "SerializationException"
    assert (await refused(world.post("SignUp", b"[]", {})))[0] == "SerializationException"
    assert (await refused(world.call("MakeCoffee")))[0] == "UnknownOperationException"
    assert (await refused(world.call("SignUp", ClientId=7, Username="a")))[0] == "SerializationException"
    assert (await refused(world.call("AdminGetUser", UserPoolId="us-east-1_x/y", Username="a")))[0] == INVALID
    assert (await refused(world.post("ListUserPools", {"MaxResults": 1}, {})))[
        0
    ] == "MissingAuthenticationTokenException"


async def test_too_much_work_is_refused(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """TooManyRequestsException, rather than answers that come when nobody waits for them any more."""
    await pool.gamer()
    monkeypatch.setattr(passwords, "_MOST_WAITING", 0)

    assert await refused(pool.sign_in()) == ("TooManyRequestsException", "Too many requests")
    monkeypatch.undo()
    assert await pool.tokens()
