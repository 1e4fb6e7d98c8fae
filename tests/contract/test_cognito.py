"""What Fogbank relies on of a Cognito user pool, whoever plays it."""

from dataclasses import dataclass
from typing import Any

import jwt
import pytest

from tests.contract.emulators import Emulator

SERVICE = "cognito-idp"
PASSWORD = "Sesame-0pen"


@dataclass
class Pool:
    """A user pool with a client and a manager."""

    cognito: Any
    id: str
    client: str


@pytest.fixture
def pool(emulator: Emulator, name: str) -> Pool:
    cognito = emulator.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=name)["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="site", ExplicitAuthFlows=flows)
    cognito.create_group(UserPoolId=pool, GroupName="Managers")
    email = [{"Name": "email", "Value": "ada@example.com"}]
    cognito.admin_create_user(UserPoolId=pool, Username="ada", UserAttributes=email, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="ada", GroupName="Managers")
    return Pool(cognito, pool, made["UserPoolClient"]["ClientId"])


def test_an_id_token_verifies_against_the_pools_published_keys(emulator: Emulator, pool: Pool) -> None:
    """RS256 by the key that its header names, with the issuer, audience and claims of AWS's tokens."""
    token = _sign_in(pool)["IdToken"]
    claims = jwt.decode(token, _key(emulator, pool, token), algorithms=["RS256"], audience=pool.client)

    assert claims["iss"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}"
    assert claims["token_use"] == "id"
    assert claims["cognito:username"] == "ada"
    assert claims["cognito:groups"] == ["Managers"]
    assert claims["email"] == "ada@example.com"
    assert claims["exp"] > claims["iat"]


def test_an_access_token_names_the_client_and_is_no_id_token(emulator: Emulator, pool: Pool) -> None:
    """token_use tells the two apart."""
    token = _sign_in(pool)["AccessToken"]
    claims = jwt.decode(token, _key(emulator, pool, token), algorithms=["RS256"])

    assert (claims["token_use"], claims["client_id"], claims["username"]) == ("access", pool.client, "ada")


def test_pools_do_not_share_a_key(emulator: Emulator, pool: Pool) -> None:
    """A token of one pool does not verify against another's keys."""
    other = pool.cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]

    assert set(_keys(emulator, pool.id)).isdisjoint(_keys(emulator, other))


def test_a_wrong_password_is_not_authorized(pool: Pool) -> None:
    """NotAuthorizedException, and a missing user is not told apart from it by more than AWS tells."""
    with pytest.raises(pool.cognito.exceptions.NotAuthorizedException):
        _sign_in(pool, "wrong")


def test_gamers_can_sign_themselves_up_under_any_name(pool: Pool) -> None:
    """SignUp, confirmed by an administrator, then a sign-in; nicknames are any text."""
    nickname = "größer🜁"
    pool.cognito.sign_up(ClientId=pool.client, Username=nickname, Password=PASSWORD)
    pool.cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username=nickname)
    token = _sign_in(pool, username=nickname)["IdToken"]

    assert jwt.decode(token, options={"verify_signature": False})["cognito:username"] == nickname


def test_a_page_of_ours_may_call_it_from_a_browser(emulator: Emulator, pool: Pool) -> None:
    """The preflight that a browser sends before InitiateAuth, and the answer to the call itself, name the page."""
    page = {"origin": "http://localhost:8080"}
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,x-amz-target"}
    preflight = emulator.http.options("/", headers=page | asked)
    call = page | {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
    }
    given = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    body = {"ClientId": pool.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given}
    answer = emulator.http.post("/", headers=call, json=body)

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] in {"*", page["origin"]}
    assert preflight.headers["access-control-allow-headers"] in {"*", "content-type,x-amz-target"}
    assert answer.headers["access-control-allow-origin"] in {"*", page["origin"]}
    assert answer.json()["AuthenticationResult"]["IdToken"]


def _sign_in(pool: Pool, password: str = PASSWORD, username: str = "ada") -> dict[str, str]:
    given = {"USERNAME": username, "PASSWORD": password}
    answer = pool.cognito.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    return dict(answer["AuthenticationResult"])


def _keys(emulator: Emulator, pool: str) -> dict[str, Any]:
    found = emulator.http.get(f"/{pool}/.well-known/jwks.json").json()["keys"]
    return {key["kid"]: key for key in found}


def _key(emulator: Emulator, pool: Pool, token: str) -> jwt.PyJWK:
    return jwt.PyJWK(_keys(emulator, pool.id)[jwt.get_unverified_header(token)["kid"]])
