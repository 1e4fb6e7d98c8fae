"""What tokens say, how long they are good, and what ends them."""

import time
from typing import Any

import jwt
import pytest

from cloud.errors import AwsError
from services.identity.signin.claims import Roles, overridden, regrouped, roles

from .world import NOON, PASSWORD, Pool, Refusal, World, spare_key

COMMON = {"sub", "iss", "token_use", "auth_time", "iat", "exp", "jti", "origin_jti", "event_id"}
ROLE = "arn:aws:iam::000000000000:role/{}"


def said(token: str) -> dict[str, Any]:
    """The claims, unverified."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


@pytest.fixture
async def pool(world: World) -> Pool:
    """A pool with a gamer who is in two groups."""
    pool = await world.pool()
    await pool.gamer()
    for name, precedence in (("Players", 9999), ("Managers", 0)):
        group = {"GroupName": name, "Precedence": precedence, "RoleArn": ROLE.format(name)}
        await world.call("CreateGroup", UserPoolId=pool.id, **group)
        await world.call("AdminAddUserToGroup", UserPoolId=pool.id, Username="ada", GroupName=name)
    return pool


async def test_an_id_token_says_who_somebody_is(pool: Pool) -> None:
    """Exactly these claims: the common ones, the identity's, the attributes, the groups and roles."""
    claims = said((await pool.tokens())["IdToken"])
    sub = {one["Name"]: one["Value"] for one in (await pool.user())["UserAttributes"]}["sub"]

    identity = {"aud", "cognito:username", "email", "email_verified"}
    groups = {"cognito:groups", "cognito:roles", "cognito:preferred_role"}
    assert set(claims) == COMMON | identity | groups
    assert claims["token_use"] == "id"
    assert claims["sub"] == sub
    assert claims["iss"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}"
    assert claims["aud"] == pool.client
    assert claims["cognito:username"] == "ada"
    assert claims["email_verified"] is True
    assert claims["cognito:groups"] == ["Managers", "Players"]
    assert claims["cognito:roles"] == [ROLE.format("Managers"), ROLE.format("Players")]
    assert claims["cognito:preferred_role"] == ROLE.format("Managers")
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["auth_time"] == claims["iat"] == int(NOON)


async def test_an_access_token_says_what_somebody_may_do(pool: Pool) -> None:
    """No audience, no attributes, no roles; the client, the name and the scope."""
    tokens = await pool.tokens()
    access, identity = said(tokens["AccessToken"]), said(tokens["IdToken"])

    assert set(access) == COMMON | {"client_id", "username", "scope", "cognito:groups"}
    assert (access["token_use"], access["client_id"], access["username"]) == ("access", pool.client, "ada")
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert access["jti"] != identity["jti"]
    assert (access["origin_jti"], access["event_id"]) == (identity["origin_jti"], identity["event_id"])
    assert tokens["TokenType"] == "Bearer"
    assert tokens["ExpiresIn"] == 3600


async def test_two_keys_sign_and_are_published(pool: Pool) -> None:
    """RS256, no typ, ID and access tokens by different keys, both in the JWKS with exactly these members."""
    tokens = await pool.tokens()
    found = (await pool.world.http.get(f"/{pool.id}/.well-known/jwks.json")).json()["keys"]
    headers = [jwt.get_unverified_header(tokens[name]) for name in ("IdToken", "AccessToken")]

    assert [set(header) for header in headers] == [{"kid", "alg"}] * 2
    assert {header["alg"] for header in headers} == {"RS256"}
    assert [set(key) for key in found] == [{"alg", "e", "kid", "kty", "n", "use"}] * 2
    assert {header["kid"] for header in headers} == {key["kid"] for key in found}
    for header, name in zip(headers, ("IdToken", "AccessToken"), strict=True):
        key = next(jwt.PyJWK(one) for one in found if one["kid"] == header["kid"])
        unchecked = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
        assert jwt.decode(tokens[name], key, algorithms=["RS256"], options=unchecked)  # type: ignore[arg-type]


async def test_who_is_in_no_group_has_no_such_claim(world: World) -> None:
    """Nor roles; custom attributes are texts, flags are not."""
    schema = [{"Name": "rank", "AttributeDataType": "Number", "Mutable": True}]
    pool = await world.pool(Schema=schema)
    await pool.gamer()
    new = [{"Name": "custom:rank", "Value": "7"}, {"Name": "given_name", "Value": "Ada"}]
    await world.call("AdminUpdateUserAttributes", UserPoolId=pool.id, Username="ada", UserAttributes=new)
    claims = said((await pool.tokens())["IdToken"])

    assert set(claims) == COMMON | {
        "aud",
        "cognito:username",
        "email",
        "email_verified",
        "custom:rank",
        "given_name",
    }
    assert claims["custom:rank"] == "7"


def test_the_best_group_s_role_is_preferred() -> None:
    """None counts as the worst precedence; two best with different roles leave it out."""
    managers = {"GroupName": "Managers", "Precedence": 0, "RoleArn": "m"}
    judges = {"GroupName": "Judges", "Precedence": 0, "RoleArn": "j"}
    players = {"GroupName": "Players", "RoleArn": "p"}

    assert roles([managers, players]) == Roles(("Managers", "Players"), ("m", "p"), "m")
    assert roles([managers, judges, players]).preferred == ""
    assert roles([managers, {**judges, "RoleArn": "m"}]).preferred == "m"
    assert roles([{"GroupName": "Guests"}]) == Roles(("Guests",))
    assert roles([{"GroupName": "Guests"}]).claims(with_roles=True) == {"cognito:groups": ["Guests"]}


async def test_a_refresh_keeps_the_session(pool: Pool) -> None:
    """New ID and access tokens, no refresh token; auth_time and origin_jti as before, jti new."""
    first = await pool.tokens()
    pool.world.now += 600
    second = (await pool.refresh(first["RefreshToken"]))["AuthenticationResult"]
    old, new = said(first["IdToken"]), said(second["IdToken"])

    assert "RefreshToken" not in second
    assert all(old[name] == new[name] for name in ("auth_time", "origin_jti", "sub", "event_id"))
    assert old["jti"] != new["jti"]
    assert new["iat"] == old["iat"] + 600


async def test_lifetimes_are_the_client_s(world: World) -> None:
    """In its units, within AWS's bounds; a refresh token ends too."""
    units = {"AccessToken": "minutes", "IdToken": "hours", "RefreshToken": "hours"}
    times = {"AccessTokenValidity": 5, "IdTokenValidity": 2, "RefreshTokenValidity": 3, "TokenValidityUnits": units}
    pool = await world.pool(client=times)
    await pool.gamer()
    tokens = await pool.tokens()
    access, identity = said(tokens["AccessToken"]), said(tokens["IdToken"])

    assert (access["exp"] - access["iat"], identity["exp"] - identity["iat"]) == (300, 7200)
    assert tokens["ExpiresIn"] == 300
    world.now += 301
    with pytest.raises(Refusal, match=r"NotAuthorizedException: Access Token has expired"):
        await world.call("GetUser", AccessToken=tokens["AccessToken"])
    world.now += 3 * 3600
    with pytest.raises(Refusal, match=r"NotAuthorizedException: Refresh Token has expired"):
        await pool.refresh(tokens["RefreshToken"])
    for wrong in ({"AccessTokenValidity": 25}, {"IdTokenValidity": 1, "TokenValidityUnits": {"IdToken": "seconds"}}):
        with pytest.raises(Refusal, match=r"InvalidParameterException: Invalid range for token validity."):
            await world.call("CreateUserPoolClient", UserPoolId=pool.id, ClientName="x", **wrong)


async def test_a_refresh_token_can_be_revoked(pool: Pool) -> None:
    """With it go all tokens of its session, and no others."""
    first, other = await pool.tokens(), await pool.tokens()
    await pool.world.call("RevokeToken", ClientId=pool.client, Token=first["RefreshToken"])

    with pytest.raises(Refusal, match=r"NotAuthorizedException: Refresh Token has been revoked"):
        await pool.refresh(first["RefreshToken"])
    with pytest.raises(Refusal, match=r"NotAuthorizedException: Access Token has been revoked"):
        await pool.world.call("GetUser", AccessToken=first["AccessToken"])
    assert await pool.world.call("GetUser", AccessToken=other["AccessToken"])
    with pytest.raises(Refusal, match=r"UnsupportedTokenTypeException"):
        await pool.world.call("RevokeToken", ClientId=pool.client, Token=first["AccessToken"])


@pytest.mark.parametrize("by", ["GlobalSignOut", "AdminUserGlobalSignOut"])
async def test_signing_out_everywhere_ends_all_sessions(pool: Pool, by: str) -> None:
    """Access and refresh tokens from before; who signs in again right away is in."""
    first, second = await pool.tokens(), await pool.tokens()
    if by == "GlobalSignOut":
        await pool.world.call(by, AccessToken=first["AccessToken"])
    else:
        await pool.world.call(by, UserPoolId=pool.id, Username="ada")

    for tokens in (first, second):
        with pytest.raises(Refusal, match=r"Access Token has been revoked"):
            await pool.world.call("GetUser", AccessToken=tokens["AccessToken"])
        with pytest.raises(Refusal, match=r"Refresh Token has been revoked"):
            await pool.refresh(tokens["RefreshToken"])
    again = await pool.tokens()
    assert (await pool.world.call("GetUser", AccessToken=again["AccessToken"]))["Username"] == "ada"


async def rotating(world: World, grace: int) -> Pool:
    """A pool with a gamer, and a client whose refresh tokens are rotated. grace: seconds."""
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    pool = await world.pool(client={"RefreshTokenRotation": rotation, "ExplicitAuthFlows": flows})
    await pool.gamer()
    return pool


async def test_rotated_refresh_tokens_are_good_once(world: World) -> None:
    """Each refresh brings the next token; the one before is good for the grace period, then its use is noticed."""
    pool = await rotating(world, grace=10)
    first = (await pool.tokens())["RefreshToken"]

    async def refreshed(token: str) -> dict[str, Any]:
        answer = await world.call("GetTokensFromRefreshToken", ClientId=pool.client, RefreshToken=token)
        return dict(answer["AuthenticationResult"])

    with pytest.raises(Refusal, match=r"InvalidParameterException"):
        await pool.refresh(first)
    second = (await refreshed(first))["RefreshToken"]
    assert second != first
    assert (await refreshed(first))["IdToken"]
    world.now += 11
    with pytest.raises(Refusal, match=r"RefreshTokenReuseException"):
        await refreshed(first)
    assert (await refreshed(second))["RefreshToken"] not in {first, second}


async def test_of_two_uses_of_a_refresh_token_at_once_one_counts(world: World) -> None:
    """Both find the token good; without a grace period the first to rotate it leaves nothing to the other."""
    pool = await rotating(world, grace=0)
    token = (await pool.tokens())["RefreshToken"]
    sessions = world.box.sessions
    both = [await sessions.of_refresh_token(token, pool.client) for _ in range(2)]

    assert await sessions.rotate(both[0], token, 0.0)
    with pytest.raises(AwsError, match=r"invalidated by rotation"):
        await sessions.rotate(both[1], token, 0.0)


async def test_forged_and_foreign_tokens_are_refused(pool: Pool) -> None:
    """Another key under the same kid, no signature, another pool's, an ID token, garbage, one whose user is gone."""
    world, tokens = pool.world, await pool.tokens()
    header, claims = jwt.get_unverified_header(tokens["AccessToken"]), said(tokens["AccessToken"])
    foreign = await world.pool()
    await foreign.gamer()
    strange = (await foreign.tokens())["AccessToken"]
    forged = [
        jwt.encode(claims, spare_key().private, algorithm="RS256", headers=header),
        jwt.encode(claims, "", algorithm="none", headers={"kid": header["kid"]}),
        jwt.encode({**said(strange), "iss": claims["iss"]}, spare_key().private, algorithm="RS256", headers=header),
        tokens["AccessToken"][:-4] + "AAAA",
        tokens["IdToken"],
        "garbage.of.course",
    ]
    for token in forged:
        with pytest.raises(Refusal, match=r"NotAuthorizedException: Invalid Access Token"):
            await world.call("GetUser", AccessToken=token)
    with pytest.raises(Refusal, match=r"NotAuthorizedException: Invalid Refresh Token"):
        await pool.refresh("garbage")
    with pytest.raises(Refusal, match=r"NotAuthorizedException: Invalid Refresh Token"):
        await foreign.refresh(tokens["RefreshToken"])
    await world.call("AdminDeleteUser", UserPoolId=pool.id, Username="ada")
    with pytest.raises(Refusal, match=r"UserNotFoundException"):
        await world.call("GetUser", AccessToken=tokens["AccessToken"])


async def test_without_revocation_there_is_no_origin(world: World) -> None:
    """EnableTokenRevocation=false: no origin_jti, RevokeToken refused; signing out everywhere still ends them."""
    pool = await world.pool(client={"EnableTokenRevocation": False})
    await pool.gamer()
    tokens = await pool.tokens()

    assert "origin_jti" not in said(tokens["AccessToken"])
    with pytest.raises(Refusal, match=r"UnsupportedOperationException"):
        await world.call("RevokeToken", ClientId=pool.client, Token=tokens["RefreshToken"])
    world.now += 1
    await world.call("GlobalSignOut", AccessToken=tokens["AccessToken"])
    with pytest.raises(Refusal, match=r"Access Token has been revoked"):
        await world.call("GetUser", AccessToken=tokens["AccessToken"])


def test_functions_cannot_override_who_somebody_is() -> None:
    """Claims that verifiers rely on stay as they are; others come and go, scopes too."""
    claims = {"sub": "1", "iss": "i", "email": "a", "scope": "a b"}
    override = {
        "claimsToAddOrOverride": {"sub": "2", "iss": "x", "rank": "7", "email": "b"},
        "claimsToSuppress": ["email", "sub"],
        "scopesToAdd": ["c"],
        "scopesToSuppress": ["a"],
    }

    assert overridden(claims, override) == {"sub": "1", "iss": "i", "rank": "7", "scope": "b c"}
    assert overridden(claims, None) == claims
    group = {"groupsToOverride": ["x"], "iamRolesToOverride": ["r"], "preferredRole": "r"}
    assert regrouped(Roles(("a",)), group) == Roles(("x",), ("r",), "r")


async def test_the_real_clock_suits_real_verifiers(world: World) -> None:
    """PyJWT with all its checks takes the tokens."""
    world.now = time.time()
    pool = await world.pool()
    await pool.gamer()
    token = (await pool.tokens(password=PASSWORD))["IdToken"]
    found = (await world.http.get(f"/{pool.id}/.well-known/jwks.json")).json()
    key = jwt.PyJWKSet.from_dict(found)[jwt.get_unverified_header(token)["kid"]]
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}"

    assert jwt.decode(token, key, algorithms=["RS256"], audience=pool.client, issuer=issuer)
