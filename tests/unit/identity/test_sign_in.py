"""Signing in: proofs, challenges, lock-out, and what nobody may learn from them."""

import base64
from typing import Any

import jwt
import pytest
from pycognito.aws_srp import AWSSRP

from services.identity.secrets import srp, totp
from services.identity.users.lockout import pause

from .world import PASSWORD, Pool, Refusal, World


@pytest.fixture
async def pool(world: World) -> Pool:
    """A pool with a gamer."""
    pool = await world.pool()
    await pool.gamer()
    return pool


async def begin_srp(pool: Pool, client: AWSSRP, **more: str) -> dict[str, Any]:
    """USER_SRP_AUTH's challenge."""
    given = {**client.get_auth_params(), **more}
    return await pool.world.call("InitiateAuth", ClientId=pool.client, AuthFlow="USER_SRP_AUTH", AuthParameters=given)


async def answer_srp(pool: Pool, client: AWSSRP, challenge: dict[str, Any], **more: str) -> dict[str, Any]:
    """What the proof is answered with."""
    parameters = challenge["ChallengeParameters"]
    responses = {**client.process_challenge(parameters, client.get_auth_params()), **more}
    return await pool.world.call(
        "RespondToAuthChallenge",
        ClientId=pool.client,
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses=responses,
    )


def srp_client(pool: Pool, username: str = "ada", password: str = PASSWORD) -> AWSSRP:
    """pycognito's side; it calls nobody itself."""
    return AWSSRP(username, password, pool.id, pool.client, client=object())


async def test_srp_lets_in_who_knows_the_password(pool: Pool) -> None:
    """The box has seen neither the password nor anything that it could be guessed from."""
    client = srp_client(pool)
    answer = await answer_srp(pool, client, await begin_srp(pool, client))

    assert set(answer["AuthenticationResult"]) == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}


async def test_a_wrong_proof_is_refused(pool: Pool) -> None:
    """Another password, a proof for another time, garbage, somebody else's block."""
    wrong, right = srp_client(pool, password="Wrong-0ne"), srp_client(pool)
    challenge = await begin_srp(pool, right)
    for client, more in (
        (wrong, {}),
        (right, {"TIMESTAMP": "Fri Nov 20 21:53:39 UTC 2026"}),
        (right, {"PASSWORD_CLAIM_SIGNATURE": "ü"}),
    ):
        with pytest.raises(Refusal, match=r"NotAuthorizedException: Incorrect username or password."):
            await answer_srp(pool, client, challenge, **more)
    with pytest.raises(Refusal, match=r"Invalid session for the user"):
        await answer_srp(pool, right, challenge, PASSWORD_CLAIM_SECRET_BLOCK=base64.b64encode(b"x" * 90).decode())


async def test_a_proof_is_good_once(pool: Pool) -> None:
    """Who has listened cannot come in with it, and it is over after three minutes."""
    client = srp_client(pool)
    challenge = await begin_srp(pool, client)
    responses = client.process_challenge(challenge["ChallengeParameters"], client.get_auth_params())
    asked = {"ClientId": pool.client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses}
    await pool.world.call("RespondToAuthChallenge", **asked)

    with pytest.raises(Refusal, match=r"Invalid session for the user"):
        await pool.world.call("RespondToAuthChallenge", **asked)
    challenge = await begin_srp(pool, client)
    pool.world.now += 181
    with pytest.raises(Refusal, match=r"Invalid session for the user"):
        await answer_srp(pool, client, challenge)


@pytest.mark.parametrize("public", ["0", f"{srp.N:x}", f"{3 * srp.N:x}"])
async def test_a_public_value_of_nothing_is_refused(pool: Pool, public: str) -> None:
    """A mod N = 0."""
    with pytest.raises(Refusal, match=r"NotAuthorizedException"):
        await begin_srp(pool, srp_client(pool), SRP_A=public)


async def test_nobody_gets_a_challenge_like_somebody_s(world: World) -> None:
    """With existence hidden: same keys, same lengths, the same salt each time, and no way in."""
    pool = await world.pool(client={"PreventUserExistenceErrors": "ENABLED"})
    await pool.gamer("ada")
    somebody = (await begin_srp(pool, srp_client(pool, "ada")))["ChallengeParameters"]
    client = srp_client(pool, "bob")
    challenge = await begin_srp(pool, client)
    nobody = challenge["ChallengeParameters"]

    assert somebody.keys() == nobody.keys()
    assert len(somebody["SECRET_BLOCK"]) == len(nobody["SECRET_BLOCK"])
    assert nobody["USER_ID_FOR_SRP"] == "bob"
    assert (await begin_srp(pool, client))["ChallengeParameters"]["SALT"] == nobody["SALT"]
    with pytest.raises(Refusal, match=r"NotAuthorizedException: Incorrect username or password."):
        await answer_srp(pool, client, challenge)


async def test_the_lock_tells_nobody_who_is_there(world: World) -> None:
    """Five wrong passwords lock a name, whether somebody has it or not; the pause doubles."""
    pool = await world.pool(client={"PreventUserExistenceErrors": "ENABLED"})
    await pool.gamer("ada")
    for name in ("ada", "nobody"):
        for _ in range(5):
            with pytest.raises(Refusal, match=r"Incorrect username or password."):
                await pool.sign_in(name, "Wrong-0ne")
        with pytest.raises(Refusal, match=r"NotAuthorizedException: Password attempts exceeded"):
            await pool.sign_in(name)
    world.now += 1.1
    assert await pool.tokens("ada")
    with pytest.raises(Refusal, match=r"Incorrect username or password."):
        await pool.sign_in("nobody")


def test_the_pause_doubles_up_to_a_quarter_of_an_hour() -> None:
    """Nothing before the fifth failure, then 1 s, 2 s, 4 s ... 900 s."""
    assert [pause(failures) for failures in (0, 4, 5, 6, 7, 14, 15, 40)] == [0, 0, 1, 2, 4, 512, 900, 900]


async def test_an_invited_user_chooses_a_password(world: World) -> None:
    """FORCE_CHANGE_PASSWORD: the mailed one leads to NEW_PASSWORD_REQUIRED, which asks for what is missing."""
    schema = [{"Name": name, "AttributeDataType": "String", "Required": True} for name in ("email", "website")]
    pool = await world.pool(Schema=schema)
    mail = [{"Name": "email", "Value": "ada@example.com"}]
    made = await world.call("AdminCreateUser", UserPoolId=pool.id, Username="ada", UserAttributes=mail)
    temporary = await world.code("ada@example.com")
    challenge = await pool.sign_in(password=temporary)
    parameters = challenge["ChallengeParameters"]

    assert made["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert parameters["requiredAttributes"] == '["userAttributes.website"]'
    assert '"email":"ada@example.com"' in parameters["userAttributes"]
    asked = {"ClientId": pool.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"]}
    given = {"USERNAME": "ada", "NEW_PASSWORD": PASSWORD}
    with pytest.raises(Refusal, match=r"website: The attribute is required"):
        await world.call("RespondToAuthChallenge", **asked, ChallengeResponses=given)
    given["userAttributes.website"] = "https://example.com"
    answer = await world.call("RespondToAuthChallenge", **asked, ChallengeResponses=given)
    assert answer["AuthenticationResult"]["IdToken"]
    assert (await pool.user())["UserStatus"] == "CONFIRMED"
    with pytest.raises(Refusal, match=r"Invalid session for the user"):
        await world.call("RespondToAuthChallenge", **asked, ChallengeResponses=given)
    assert await pool.tokens()


async def test_a_temporary_password_ends(world: World) -> None:
    """After the policy's days an administrator must send another; RESEND does."""
    pool = await world.pool()
    mail = [{"Name": "email", "Value": "ada@example.com"}]
    asked = {"UserPoolId": pool.id, "Username": "ada", "UserAttributes": mail}
    await world.call("AdminCreateUser", **asked)
    old = await world.code("ada@example.com")
    world.now += 7 * 86400 + 1

    with pytest.raises(Refusal, match=r"Temporary password has expired and must be reset by an administrator."):
        await pool.sign_in(password=old)
    await world.call("AdminCreateUser", **asked, MessageAction="RESEND")
    new = await world.code("ada@example.com")
    assert (await pool.sign_in(password=new))["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


async def test_a_second_factor_is_asked_for_and_good_once(pool: Pool) -> None:
    """SOFTWARE_TOKEN_MFA: an app's code, right, wrong and used."""
    world, tokens = pool.world, await pool.tokens()
    access = {"AccessToken": tokens["AccessToken"]}
    await world.call(
        "SetUserPoolMfaConfig",
        UserPoolId=pool.id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    secret = (await world.call("AssociateSoftwareToken", **access))["SecretCode"]
    with pytest.raises(Refusal, match=r"EnableSoftwareTokenMFAException"):
        await world.call("VerifySoftwareToken", **access, UserCode=other(now_code(world, secret)))
    await world.call("VerifySoftwareToken", **access, UserCode=now_code(world, secret))
    wish = {"Enabled": True, "PreferredMfa": True}
    await world.call("SetUserMFAPreference", **access, SoftwareTokenMfaSettings=wish)
    challenge = await pool.sign_in()

    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    asked = {"ClientId": pool.client, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": challenge["Session"]}

    async def answer(code: str) -> dict[str, Any]:
        given = {"USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code}
        return await world.call("RespondToAuthChallenge", **asked, ChallengeResponses=given)

    with pytest.raises(Refusal, match=r"ExpiredCodeException: Your software token has already been used once."):
        await answer(now_code(world, secret))
    world.now += 60
    with pytest.raises(Refusal, match=r"CodeMismatchException"):
        await answer(other(now_code(world, secret)))
    assert (await answer(now_code(world, secret)))["AuthenticationResult"]["IdToken"]


async def test_a_pool_that_wants_two_factors_sets_them_up(pool: Pool) -> None:
    """MFA_SETUP: associate and verify by its Session, then tokens."""
    world = pool.world
    switch = {"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}}
    await world.call("SetUserPoolMfaConfig", UserPoolId=pool.id, **switch)
    world.now += 2
    challenge = await pool.sign_in()
    associated = await world.call("AssociateSoftwareToken", Session=challenge["Session"])
    code = now_code(world, associated["SecretCode"])
    verified = await world.call("VerifySoftwareToken", Session=associated["Session"], UserCode=code)
    answer = await world.call(
        "RespondToAuthChallenge",
        ClientId=pool.client,
        ChallengeName="MFA_SETUP",
        Session=verified["Session"],
        ChallengeResponses={"USERNAME": "ada"},
    )

    assert challenge["ChallengeName"] == "MFA_SETUP"
    assert answer["AuthenticationResult"]["AccessToken"]
    assert (await pool.user())["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]


async def test_a_client_s_secret_must_be_shown(world: World) -> None:
    """SECRET_HASH: missing, wrong, right; at sign-up, sign-in and refresh."""
    pool = await world.pool(client={"GenerateSecret": True})
    with pytest.raises(Refusal, match=rf"Client {pool.client} is configured with secret but SECRET_HASH"):
        await pool.sign_up()
    with pytest.raises(Refusal, match=r"Unable to verify secret hash for client"):
        await pool.sign_up(SecretHash="wrong")
    proof = AWSSRP.get_secret_hash("ada", pool.client, pool.secret)
    await pool.sign_up(SecretHash=proof)
    await world.call("AdminConfirmSignUp", UserPoolId=pool.id, Username="ada")
    with pytest.raises(Refusal, match=r"SECRET_HASH was not received"):
        await pool.sign_in()
    tokens = (await pool.sign_in(more={"SECRET_HASH": proof}))["AuthenticationResult"]

    with pytest.raises(Refusal, match=r"SECRET_HASH was not received"):
        await pool.refresh(tokens["RefreshToken"])
    given = {"REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": proof}
    asked = {"ClientId": pool.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": given}
    assert (await world.call("InitiateAuth", **asked))["AuthenticationResult"]["IdToken"]


async def test_administrators_sign_users_in(pool: Pool) -> None:
    """ADMIN_USER_PASSWORD_AUTH by AdminInitiateAuth, and by that alone."""
    given = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    asked = {"ClientId": pool.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": given}
    answer = await pool.world.call("AdminInitiateAuth", UserPoolId=pool.id, **asked)

    claims = jwt.decode(answer["AuthenticationResult"]["IdToken"], options={"verify_signature": False})
    assert claims["cognito:username"] == "ada"
    with pytest.raises(Refusal, match=r"Initiate Auth method not supported."):
        await pool.world.call("InitiateAuth", **asked)


async def test_an_alias_signs_in_as_its_owner(world: World) -> None:
    """By address once it is proved, in any case of letters where the pool does not tell cases apart."""
    pool = await world.pool(AliasAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
    await pool.sign_up("Ada")
    with pytest.raises(Refusal, match=r"UserNotFoundException"):
        await pool.sign_in("ada@example.com")
    await pool.confirm("Ada")

    for name in ("Ada", "ADA", "Ada@example.com", "ADA@EXAMPLE.COM"):
        claims = jwt.decode((await pool.tokens(name))["IdToken"], options={"verify_signature": False})
        assert claims["cognito:username"] == "Ada"
    client = srp_client(pool, "ada@example.com")
    assert (await answer_srp(pool, client, await begin_srp(pool, client)))["AuthenticationResult"]


def now_code(world: World, secret: str) -> str:
    """What the app shows now."""
    return totp.code(secret, int(world.now // totp.STEP))


def other(code: str) -> str:
    """Another code than this."""
    return f"{(int(code) + 500_000) % 1_000_000:06d}"
