"""Identity pools: whose logins they take, which identity and which role one gets."""

from typing import Any

import jwt
import pytest

from services.identity.identities import roles

from .world import NOON, Pool, Refusal, World, spare_key

PLAYERS, MANAGERS, GUESTS, GAMERS = (
    f"arn:aws:iam::000000000000:role/{name}" for name in ("PlayersRole", "ManagersRole", "GuestsRole", "GamersRole")
)
DENIED = "NotAuthorizedException: Access to Identity .* is forbidden"


class Rig:
    """A user pool, an identity pool that trusts it, and ada, who is a manager."""

    def __init__(self, pool: Pool, identity_pool: str) -> None:
        self.pool, self.world, self.id = pool, pool.world, identity_pool
        self.provider = f"cognito-idp.us-east-1.amazonaws.com/{pool.id}"

    async def login(self, username: str = "ada") -> dict[str, str]:
        """Logins for a fresh ID token."""
        return {self.provider: (await self.pool.tokens(username))["IdToken"]}

    async def identity(self, logins: dict[str, str] | None = None) -> str:
        """GetId."""
        answer = await self.world.call("GetId", IdentityPoolId=self.id, **({"Logins": logins} if logins else {}))
        return str(answer["IdentityId"])

    async def credentials(self, identity: str, logins: dict[str, str] | None = None, **asked: Any) -> dict[str, Any]:
        """GetCredentialsForIdentity."""
        given = {"Logins": logins} if logins else {}
        return await self.world.call("GetCredentialsForIdentity", IdentityId=identity, **given, **asked)

    async def role(self, logins: dict[str, str], **asked: Any) -> str:
        """The role that a login is given."""
        answer = await self.credentials(await self.identity(logins), logins, **asked)
        return str(answer["Credentials"]["AccessKeyId"]).removeprefix("ASIA-")

    async def map(self, mapping: dict[str, Any] | None = None, **defaults: str) -> None:
        """SetIdentityPoolRoles."""
        mappings = {f"{self.provider}:{self.pool.client}": mapping} if mapping else {}
        await self.world.call("SetIdentityPoolRoles", IdentityPoolId=self.id, Roles=defaults, RoleMappings=mappings)


@pytest.fixture
async def rig(world: World) -> Rig:
    """No unauthenticated identities, and no roles yet."""
    pool = await world.pool()
    await pool.gamer()
    group = {"GroupName": "Managers", "Precedence": 0, "RoleArn": MANAGERS}
    await world.call("CreateGroup", UserPoolId=pool.id, **group)
    await world.call("AdminAddUserToGroup", UserPoolId=pool.id, Username="ada", GroupName="Managers")
    provider = {"ProviderName": f"cognito-idp.us-east-1.amazonaws.com/{pool.id}", "ClientId": pool.client}
    made = await world.call(
        "CreateIdentityPool",
        IdentityPoolName="gamers",
        AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[provider],
    )
    return Rig(pool, made["IdentityPoolId"])


async def test_a_login_has_one_identity(rig: Rig) -> None:
    """The same for every token of a user, another for another user."""
    await rig.pool.gamer("bob")
    first = await rig.identity(await rig.login())

    assert first == await rig.identity(await rig.login())
    assert first != await rig.identity(await rig.login("bob"))
    assert first.startswith("us-east-1:")
    listed = await rig.world.call("ListIdentities", IdentityPoolId=rig.id, MaxResults=10)
    assert len(listed["Identities"]) == 2


async def test_credentials_are_the_role_s(rig: Rig) -> None:
    """Named for Cognito, good for an hour."""
    await rig.map(authenticated=GAMERS)
    login = await rig.login()
    answer = await rig.credentials(await rig.identity(login), login)

    assert answer["Credentials"] == {
        "AccessKeyId": f"ASIA-{GAMERS}",
        "SecretKey": "CognitoIdentityCredentials",
        "SessionToken": "token",
        "Expiration": NOON + 3600,
    }


async def test_nobody_in_particular_gets_in_only_where_allowed(rig: Rig) -> None:
    """Unauthenticated: refused here; elsewhere each call is a new identity, with the guests' role."""
    with pytest.raises(Refusal, match=r"NotAuthorizedException: Unauthenticated access is not supported for this"):
        await rig.identity()
    made = await rig.world.call("CreateIdentityPool", IdentityPoolName="open", AllowUnauthenticatedIdentities=True)
    rig.id = made["IdentityPoolId"]
    identity = await rig.identity()

    assert identity != await rig.identity()
    with pytest.raises(Refusal, match=r"InvalidIdentityPoolConfigurationException"):
        await rig.credentials(identity)
    await rig.map(unauthenticated=GUESTS)
    assert (await rig.credentials(identity))["Credentials"]["AccessKeyId"] == f"ASIA-{GUESTS}"


async def test_bad_logins_are_refused(rig: Rig) -> None:
    """Garbage, forged, expired, an access token, another pool's, another client's, one who has signed out."""
    world, token = rig.world, (await rig.pool.tokens())["IdToken"]
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    stranger = await world.pool()
    await stranger.gamer()
    strange = (await stranger.tokens())["IdToken"]
    forged = jwt.encode(claims, spare_key().private, algorithm="RS256", headers=header)
    other = (
        await world.call(
            "CreateUserPoolClient",
            UserPoolId=rig.pool.id,
            ClientName="o",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
    )["UserPoolClient"]["ClientId"]
    elsewhere = (await Pool(world, rig.pool.id, other, "").tokens())["IdToken"]
    access = (await rig.pool.tokens())["AccessToken"]
    for login, text in (
        ({rig.provider: "garbage"}, "Invalid login token. Not a valid OpenId Connect identity token."),
        ({rig.provider: forged}, "Invalid login token. Couldn't verify signed token."),
        ({rig.provider: access}, "Invalid login token. Couldn't verify signed token."),
        ({rig.provider: strange}, "Invalid login token. Issuer doesn't match providerName"),
        ({rig.provider: elsewhere}, "Invalid login token. Incorrect token audience."),
        ({"accounts.google.com": token}, "Token is not from a supported provider of this identity pool."),
    ):
        with pytest.raises(Refusal) as caught:
            await rig.identity(login)
        assert (caught.value.code, caught.value.message) == ("NotAuthorizedException", text)
    identity = await rig.identity({rig.provider: token})
    await world.call("AdminUserGlobalSignOut", UserPoolId=rig.pool.id, Username="ada")
    with pytest.raises(Refusal, match=r"NotAuthorizedException: Invalid login token. The user has signed out"):
        await rig.credentials(identity, {rig.provider: token})
    login = await rig.login()
    world.now += 3601
    with pytest.raises(Refusal, match=r"Invalid login token. Token expired: \d+ >= \d+"):
        await rig.credentials(identity, login)


async def test_an_identity_belongs_to_its_login(rig: Rig) -> None:
    """Without a login, or with another's: refused."""
    await rig.map(authenticated=GAMERS)
    await rig.pool.gamer("bob")
    mine = await rig.identity(await rig.login())
    text = "NotAuthorizedException: Logins don't match. Please include at least one valid login"

    with pytest.raises(Refusal, match=text):
        await rig.credentials(mine)
    with pytest.raises(Refusal, match=text):
        await rig.credentials(mine, await rig.login("bob"))
    with pytest.raises(Refusal, match=r"ResourceNotFoundException: Identity 'us-east-1:.*' not found"):
        await rig.credentials("us-east-1:00000000-0000-0000-0000-000000000000")


async def test_the_token_s_own_role_is_taken(rig: Rig) -> None:
    """Type Token: the preferred role, or another of the token's when asked; for others the ambiguous case."""
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    await rig.map(mapping, authenticated=GAMERS)
    await rig.pool.gamer("bob")

    assert await rig.role(await rig.login()) == MANAGERS
    assert await rig.role(await rig.login(), CustomRoleArn=MANAGERS) == MANAGERS
    with pytest.raises(Refusal, match=r"NotAuthorizedException"):
        await rig.role(await rig.login(), CustomRoleArn=PLAYERS)
    with pytest.raises(Refusal, match=DENIED):
        await rig.role(await rig.login("bob"))
    await rig.map({**mapping, "AmbiguousRoleResolution": "AuthenticatedRole"}, authenticated=GAMERS)
    assert await rig.role(await rig.login("bob")) == GAMERS


async def test_rules_on_claims_choose_a_role(rig: Rig) -> None:
    """Type Rules, as Alien Attack's: the first rule that holds wins; none that holds is denied."""
    rules = [
        {"Claim": "cognito:preferred_role", "MatchType": "Contains", "Value": name, "RoleARN": arn}
        for name, arn in (("PlayersRole", PLAYERS), ("ManagersRole", MANAGERS))
    ]
    mapping = {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": rules}}
    await rig.map(mapping, authenticated=GAMERS)
    await rig.pool.gamer("bob")

    assert await rig.role(await rig.login()) == MANAGERS
    with pytest.raises(Refusal, match=DENIED):
        await rig.role(await rig.login("bob"))
    stored = await rig.world.call("GetIdentityPoolRoles", IdentityPoolId=rig.id)
    assert stored["RoleMappings"] == {f"{rig.provider}:{rig.pool.client}": mapping}


@pytest.mark.parametrize(
    ("match", "value", "claim", "holds"),
    [
        ("Equals", "a", "a", True),
        ("Equals", "a", "ab", False),
        ("Equals", "b", ["a", "b"], True),
        ("NotEqual", "a", "b", True),
        ("NotEqual", "a", None, False),
        ("StartsWith", "a", "ab", True),
        ("StartsWith", "b", "ab", False),
        ("Contains", "b", "abc", True),
        ("Contains", "x", ["abc"], False),
        ("Equals", "true", True, True),
    ],
)
def test_rules_match_as_aws_s_do(match: str, value: str, claim: Any, holds: bool) -> None:
    """A claim that is missing matches no rule."""
    rule = {"Claim": "c", "MatchType": match, "Value": value, "RoleARN": "r"}
    mapping = {"Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole", "RulesConfiguration": {"Rules": [rule]}}
    claims = {"aud": "x", **({} if claim is None else {"c": claim})}
    found = roles.authenticated(
        {"Roles": {"authenticated": "d"}, "RoleMappings": {"p:x": mapping}}, "p", claims, "", ""
    )

    assert found == ("r" if holds else "d")


async def test_no_role_is_a_mistake_of_the_pool(rig: Rig) -> None:
    """InvalidIdentityPoolConfigurationException."""
    with pytest.raises(Refusal, match=r"InvalidIdentityPoolConfigurationException"):
        await rig.role(await rig.login())


async def test_an_open_id_token_says_whose_it_is(rig: Rig) -> None:
    """For AssumeRoleWithWebIdentity: subject, audience, methods; verifiable, ten minutes."""
    login = await rig.login()
    identity = await rig.identity(login)
    token = (await rig.world.call("GetOpenIdToken", IdentityId=identity, Logins=login))["Token"]
    keys = (await rig.world.http.get(f"/{rig.id}/.well-known/jwks.json")).json()["keys"]
    unchecked: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, jwt.PyJWK(keys[0]), algorithms=["RS256"], audience=rig.id, options=unchecked)

    assert (claims["sub"], claims["iss"]) == (identity, "https://cognito-identity.amazonaws.com")
    assert claims["amr"] == ["authenticated", rig.provider]
    assert claims["exp"] - claims["iat"] == 600
