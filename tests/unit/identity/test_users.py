"""Users: attributes, lists and filters, groups, what administrators and users themselves change; mail."""

import re
from typing import Any

import pytest

from services.identity.mail.letters import masked
from services.identity.users import filters
from services.identity.users.paging import page
from services.identity.users.user import User

from .world import PASSWORD, Pool, Refusal, World

ADA = User("p", "ada", "ada", "s-1", {"email": "ada@example.com", "family_name": 'O"Hara'}, status="CONFIRMED")


@pytest.fixture
async def pool(world: World) -> Pool:
    """A pool with a gamer."""
    pool = await world.pool()
    await pool.gamer()
    return pool


def values(answer: dict[str, Any], name: str = "UserAttributes") -> dict[str, str]:
    """Attributes by name."""
    return {one["Name"]: one["Value"] for one in answer[name]}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ('username = "ada"', True),
        ('username ^= "a"', True),
        ('username ^= "b"', False),
        ('email = "ada@example.com"', True),
        ('"email" ^= "ada@"', True),
        ('family_name = "O\\"Hara"', True),
        ('status = "Enabled"', True),
        ('cognito:user_status = "confirmed"', True),
        ('sub = "s-2"', False),
        ('given_name = ""', False),
    ],
)
def test_filters_find_users(text: str, passes: bool) -> None:
    """Equal, or begins with; states whatever their case."""
    assert filters.parse(text)(ADA) is passes


@pytest.mark.parametrize("text", ["username", 'custom:rank = "1"', "username = ada", 'username != "a"', "' or 1=1"])
async def test_what_is_no_filter_is_refused(pool: Pool, text: str) -> None:
    """InvalidParameterException."""
    with pytest.raises(Refusal, match=r"InvalidParameterException"):
        await pool.world.call("ListUsers", UserPoolId=pool.id, Filter=text)


async def test_users_are_listed_page_by_page(pool: Pool) -> None:
    """In the order of their creation, only the attributes asked for."""
    for name in ("bob", "cyd"):
        await pool.sign_up(name)
    asked = {"UserPoolId": pool.id, "Limit": 2, "AttributesToGet": ["email"]}
    first = await pool.world.call("ListUsers", **asked)
    second = await pool.world.call("ListUsers", **asked, PaginationToken=first["PaginationToken"])

    assert [user["Username"] for user in first["Users"] + second["Users"]] == ["ada", "bob", "cyd"]
    assert first["Users"][0]["Attributes"] == [{"Name": "email", "Value": "ada@example.com"}]
    assert "PaginationToken" not in second
    unconfirmed = await pool.world.call("ListUsers", UserPoolId=pool.id, Filter='cognito:user_status = "UNCONFIRMED"')
    assert [user["Username"] for user in unconfirmed["Users"]] == ["bob", "cyd"]
    with pytest.raises(Refusal, match=r"InvalidParameterException"):
        await pool.world.call("ListUsers", UserPoolId=pool.id, PaginationToken="garbage")


def test_pages_end() -> None:
    """No token after the last page."""
    assert page([1, 2, 3], 2, None)[0] == [1, 2]
    assert page([1, 2, 3], 2, page([1, 2, 3], 2, None)[1]) == ([3], "")
    assert page([], None, None) == ([], "")


async def test_a_new_address_is_not_verified(pool: Pool) -> None:
    """Its code is mailed to it; the right one verifies."""
    tokens = {"AccessToken": (await pool.tokens())["AccessToken"]}
    new = [{"Name": "email", "Value": "new@example.com"}]
    answer = await pool.world.call("UpdateUserAttributes", **tokens, UserAttributes=new)

    assert answer["CodeDeliveryDetailsList"][0]["Destination"] == "n***@e***"
    assert values(await pool.user())["email_verified"] == "false"
    code = await pool.world.code("new@example.com")
    wrong = "000000" if code != "000000" else "111111"
    asked = {**tokens, "AttributeName": "email"}
    with pytest.raises(Refusal, match=r"CodeMismatchException"):
        await pool.world.call("VerifyUserAttribute", **asked, Code=wrong)
    await pool.world.call("VerifyUserAttribute", **asked, Code=code)
    assert values(await pool.user())["email_verified"] == "true"
    with pytest.raises(Refusal, match=r"ExpiredCodeException"):
        await pool.world.call("VerifyUserAttribute", **asked, Code=code)


async def test_a_code_verifies_the_address_that_it_was_sent_to(world: World) -> None:
    """In a pool that sends none of itself the code before the change is the newest: it says nothing of the new one."""
    pool = await world.pool(AutoVerifiedAttributes=[])
    await pool.sign_up()
    await world.call("AdminConfirmSignUp", UserPoolId=pool.id, Username="ada")
    asked = {"AccessToken": (await pool.tokens())["AccessToken"], "AttributeName": "email"}
    await world.call("GetUserAttributeVerificationCode", **asked)
    code = await world.code("ada@example.com")
    for address in ("somebody.else@example.com", "ada@example.com"):
        new = [{"Name": "email", "Value": address}]
        await world.call("UpdateUserAttributes", AccessToken=asked["AccessToken"], UserAttributes=new)
        if address != "ada@example.com":
            with pytest.raises(Refusal, match=r"CodeMismatchException"):
                await world.call("VerifyUserAttribute", **asked, Code=code)
            assert values(await pool.user())["email_verified"] == "false"

    await world.call("VerifyUserAttribute", **asked, Code=code)
    assert values(await pool.user())["email_verified"] == "true"


async def test_users_write_only_what_they_may(world: World) -> None:
    """Flags, sub, what the client may not write, what cannot change once set."""
    schema = [{"Name": "rank", "AttributeDataType": "String", "Mutable": False}]
    pool = await world.pool(Schema=schema, client={"WriteAttributes": ["email", "name"]})
    await pool.gamer()
    token = (await pool.tokens())["AccessToken"]
    for name, error in (
        ("email_verified", "NotAuthorizedException: A client attempted to write unauthorized attribute"),
        ("sub", "NotAuthorizedException"),
        ("nickname", "NotAuthorizedException"),
        ("custom:rank", "NotAuthorizedException"),
    ):
        new = [{"Name": name, "Value": "true"}]
        with pytest.raises(Refusal, match=error):
            await world.call("UpdateUserAttributes", AccessToken=token, UserAttributes=new)
    rank = {"Name": "custom:rank", "Value": "1"}
    with pytest.raises(Refusal, match=r"custom:rank: Attribute cannot be updated"):
        await world.call("AdminUpdateUserAttributes", UserPoolId=pool.id, Username="ada", UserAttributes=[rank])


@pytest.mark.parametrize(("name", "value"), [("email", "no address"), ("phone_number", "12"), ("birthdate", "1815")])
async def test_values_must_suit_their_attribute(pool: Pool, name: str, value: str) -> None:
    """InvalidParameterException."""
    with pytest.raises(Refusal, match=r"InvalidParameterException"):
        await pool.sign_up("bob", UserAttributes=[{"Name": name, "Value": value}])


async def test_a_password_is_changed_by_who_knows_it(pool: Pool) -> None:
    """The old one must be right, the new one must conform; then only the new one lets in, by SRP too."""
    token = (await pool.tokens())["AccessToken"]
    asked = {"AccessToken": token, "ProposedPassword": "Another-1"}
    with pytest.raises(Refusal, match=r"NotAuthorizedException: Incorrect username or password."):
        await pool.world.call("ChangePassword", **asked, PreviousPassword="Wrong-0ne")
    with pytest.raises(Refusal, match=r"InvalidPasswordException"):
        await pool.world.call("ChangePassword", AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="short")
    await pool.world.call("ChangePassword", **asked, PreviousPassword=PASSWORD)

    with pytest.raises(Refusal, match=r"NotAuthorizedException"):
        await pool.sign_in()
    assert await pool.tokens(password="Another-1")


async def test_groups_have_members(pool: Pool) -> None:
    """Joined, listed, left; a deleted group is nobody's; a group's name is taken once."""
    world, asked = pool.world, {"UserPoolId": pool.id, "GroupName": "Players"}
    await world.call("CreateGroup", **asked, Precedence=5, Description="all")
    with pytest.raises(Refusal, match=r"GroupExistsException"):
        await world.call("CreateGroup", **asked)
    await world.call("AdminAddUserToGroup", **asked, Username="ada")
    await world.call("AdminAddUserToGroup", **asked, Username="ada")
    members = await world.call("ListUsersInGroup", **asked)
    groups = await world.call("AdminListGroupsForUser", UserPoolId=pool.id, Username="ada")

    assert [user["Username"] for user in members["Users"]] == ["ada"]
    assert [(group["GroupName"], group["Precedence"]) for group in groups["Groups"]] == [("Players", 5)]
    with pytest.raises(Refusal, match=r"ResourceNotFoundException: Group not found."):
        await world.call("AdminAddUserToGroup", UserPoolId=pool.id, GroupName="Gods", Username="ada")
    await world.call("DeleteGroup", **asked)
    assert (await world.call("AdminListGroupsForUser", UserPoolId=pool.id, Username="ada"))["Groups"] == []


async def test_existence_is_hidden_in_every_answer(world: World) -> None:
    """Codes asked for in nobody's name look sent; guesses look wrong."""
    pool = await world.pool(client={"PreventUserExistenceErrors": "ENABLED"})
    await pool.gamer()
    asked = {"ClientId": pool.client, "Username": "nobody"}
    for name in ("nobody", "ada"):
        with pytest.raises(Refusal, match=r"ExpiredCodeException"):
            await world.call(
                "ConfirmForgotPassword",
                ClientId=pool.client,
                Username=name,
                ConfirmationCode="123456",
                Password=PASSWORD,
            )
    somebody = await world.call("ForgotPassword", ClientId=pool.client, Username="ada")
    nobody = await world.call("ForgotPassword", **asked)

    assert somebody["CodeDeliveryDetails"].keys() == nobody["CodeDeliveryDetails"].keys()
    assert re.fullmatch(r".\*\*\*@.\*\*\*", nobody["CodeDeliveryDetails"]["Destination"])
    assert nobody == await world.call("ForgotPassword", **asked)
    assert (await world.call("ResendConfirmationCode", **asked)).keys() == nobody.keys()
    with pytest.raises(Refusal, match=r"CodeMismatchException"):
        await world.call("ConfirmSignUp", **asked, ConfirmationCode="123456")
    with pytest.raises(Refusal, match=r"CodeMismatchException"):
        await world.call("ConfirmForgotPassword", **asked, ConfirmationCode="123456", Password=PASSWORD)
    for _ in range(8):
        await world.call("ForgotPassword", **asked)
    with pytest.raises(Refusal, match=r"LimitExceededException"):
        await world.call("ForgotPassword", **asked)


async def test_a_deleted_user_s_name_is_free(pool: Pool) -> None:
    """By themselves, by an administrator, with the pool."""
    await pool.world.call("DeleteUser", AccessToken=(await pool.tokens())["AccessToken"])
    await pool.gamer()
    await pool.world.call("AdminDeleteUser", UserPoolId=pool.id, Username="ada")
    await pool.gamer()
    await pool.world.call("DeleteUserPool", UserPoolId=pool.id)

    assert pool.world.tables["FogbankUsers"].items == {}
    with pytest.raises(Refusal, match=r"ResourceNotFoundException"):
        await pool.tokens()


async def test_only_administrators_create_users_where_it_says_so(world: World) -> None:
    """AllowAdminCreateUserOnly."""
    pool = await world.pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})

    with pytest.raises(Refusal, match=r"NotAuthorizedException: SignUp is not permitted for this user pool"):
        await pool.sign_up()


async def test_names_must_not_look_like_aliases(world: World) -> None:
    """Or somebody could take another's address for a name."""
    alias = await world.pool(AliasAttributes=["email"])
    address = await world.pool(UsernameAttributes=["email"])

    with pytest.raises(Refusal, match=r"Username cannot be of email format"):
        await alias.sign_up("ada@example.com", UserAttributes=[{"Name": "email", "Value": "ada@example.com"}])
    with pytest.raises(Refusal, match=r"Username should be an email."):
        await address.sign_up("ada")


async def test_the_inbox_shows_what_was_sent_and_runs_nothing(pool: Pool) -> None:
    """A page with every letter, text as text, and a policy that allows no script."""
    letter = {"EmailMessage": "<script>alert(1)</script> {####}", "EmailSubject": "<b>Hi</b>"}
    await pool.world.call(
        "UpdateUserPool", UserPoolId=pool.id, AutoVerifiedAttributes=["email"], VerificationMessageTemplate=letter
    )
    await pool.sign_up("bob")
    answer = await pool.world.http.get("/inbox")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"]


async def test_the_inbox_is_this_machine_s(pool: Pool) -> None:
    """Whatever other names the boxes may be called by, codes are read under this machine's own only."""
    for headers in ({"host": "192.168.0.7:4568"}, {"host": "fogbank.lan"}, {"origin": "http://fogbank.lan"}):
        for path in ("/inbox", "/inbox/messages"):
            assert (await pool.world.http.get(path, headers=headers)).status_code == 403


def test_addresses_are_masked() -> None:
    """As AWS shows them to who may not know them."""
    assert masked("ada@example.com") == "a***@e***"
    assert masked("+491701234567") == "+*******4567"


async def test_users_are_counted_about(pool: Pool) -> None:
    """EstimatedNumberOfUsers, a minute old at most."""

    async def counted() -> int:
        return int(
            (await pool.world.call("DescribeUserPool", UserPoolId=pool.id))["UserPool"]["EstimatedNumberOfUsers"]
        )

    assert await counted() == 1
    await pool.sign_up("bob")
    assert await counted() == 1
    pool.world.now += 61
    assert await counted() == 2
