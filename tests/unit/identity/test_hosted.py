"""The sign-in page and OAuth: codes with PKCE, client credentials, where browsers are sent and where not."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from .world import PASSWORD, Pool, World

HOME = "https://app.example/back"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
OAUTH = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code", "implicit"],
    "AllowedOAuthScopes": ["openid", "email"],
    "CallbackURLs": [HOME],
    "LogoutURLs": [HOME],
}


@pytest.fixture
async def pool(world: World) -> Pool:
    """A pool with a gamer and an app client for browsers."""
    pool = await world.pool(client=OAUTH)
    await pool.gamer()
    return pool


def query(pool: Pool, **more: str) -> dict[str, str]:
    """A good authorization request."""
    asked = {"client_id": pool.client, "response_type": "code", "redirect_uri": HOME, "scope": "openid email"}
    return {**asked, "state": "s-1", "code_challenge": CHALLENGE, "code_challenge_method": "S256", **more}


async def form(pool: Pool, **more: str) -> str:
    """The sealed request in the sign-in page."""
    page = await pool.world.http.get("/oauth2/authorize", params=query(pool, **more))
    found = re.search(r'name="request" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def fill_in(pool: Pool, request: str, password: str = PASSWORD) -> httpx.Response:
    """The form, sent."""
    return await pool.world.http.post("/login", data={"request": request, "username": "ada", "password": password})


def came_back(answer: httpx.Response) -> dict[str, str]:
    """The parameters of the redirect to the application."""
    where = urlsplit(answer.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == HOME
    return {name: values[0] for name, values in parse_qs(where.query or where.fragment).items()}


async def exchange(pool: Pool, **asked: str) -> httpx.Response:
    """The token endpoint."""
    return await pool.world.http.post("/oauth2/token", data={"client_id": pool.client, **asked})


async def test_a_code_is_exchanged_once_with_its_verifier(pool: Pool) -> None:
    """The page, the code, the tokens; userInfo and refresh work with them."""
    page = await pool.world.http.get("/oauth2/authorize", params=query(pool))
    back = came_back(await fill_in(pool, await form(pool, nonce="n-1")))
    asked = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": HOME}
    tokens = (await exchange(pool, **asked, code_verifier=VERIFIER)).json()

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; style-src 'self'; form-action 'self' https://app.example" in policy
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert back["state"] == "s-1"
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (claims["nonce"], claims["cognito:username"]) == ("n-1", "ada")
    access = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert access["scope"] == "openid email"
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await pool.world.http.get("/oauth2/userInfo", headers=bearer)).json()["email"] == "ada@example.com"
    refreshed = await exchange(pool, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["access_token"]
    again = await exchange(pool, **asked, code_verifier=VERIFIER)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "another"},
        {"code_verifier": ""},
        {"redirect_uri": "https://evil.example/"},
        {"code": "garbage"},
    ],
)
async def test_a_code_alone_is_worth_nothing(pool: Pool, wrong: dict[str, str]) -> None:
    """Wrong or missing verifier, another redirect, no code: invalid_grant."""
    back = came_back(await fill_in(pool, await form(pool)))
    asked = {"code": back["code"], "redirect_uri": HOME, "code_verifier": VERIFIER, **wrong}
    answer = await exchange(pool, grant_type="authorization_code", **asked)

    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


async def test_a_code_s_time_is_short(pool: Pool) -> None:
    """Five minutes."""
    back = came_back(await fill_in(pool, await form(pool)))
    pool.world.now += 301
    asked = {"code": back["code"], "redirect_uri": HOME, "code_verifier": VERIFIER}

    assert (await exchange(pool, grant_type="authorization_code", **asked)).json() == {"error": "invalid_grant"}


async def test_a_wrong_password_shows_the_page_again(pool: Pool) -> None:
    """With Cognito's words and the name, without the password."""
    answer = await fill_in(pool, await form(pool), "Wrong-0ne&<")

    assert answer.status_code == 400
    assert "Incorrect username or password." in answer.text
    assert 'value="ada"' in answer.text
    assert "Wrong-0ne" not in answer.text


async def test_browsers_are_sent_only_where_the_client_says(pool: Pool) -> None:
    """An unknown redirect, or an unknown client, is answered by a page; other mistakes go back to the application."""
    evil = await pool.world.http.get("/oauth2/authorize", params=query(pool, redirect_uri="https://evil.example/"))
    nobody = await pool.world.http.get("/oauth2/authorize", params=query(pool, client_id="nobody"))
    assert (evil.status_code, nobody.status_code) == (400, 400)
    assert "location" not in evil.headers
    for wrong, error in (
        ({"scope": "openid phone"}, "invalid_scope"),
        ({"response_type": "magic"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ):
        answer = await pool.world.http.get("/oauth2/authorize", params=query(pool, **wrong))
        assert came_back(answer)["error"] == error
    away = await pool.world.http.get(
        "/logout", params={"client_id": pool.client, "logout_uri": "https://evil.example/"}
    )
    assert away.status_code == 400


async def test_a_browser_is_remembered_until_it_signs_out(pool: Pool) -> None:
    """The second authorization needs no password; after /logout, or signing out everywhere, it does."""
    http = pool.world.http
    await fill_in(pool, await form(pool))
    remembered = await http.get("/oauth2/authorize", params=query(pool))
    assert came_back(remembered)["code"]
    cookie = next(iter(http.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")
    await pool.world.call("AdminUserGlobalSignOut", UserPoolId=pool.id, Username="ada")
    assert await form(pool)
    await fill_in(pool, await form(pool))
    gone = await http.get("/logout", params={"client_id": pool.client, "logout_uri": HOME})

    assert gone.headers["location"] == HOME
    assert await form(pool)


async def test_implicit_tokens_come_in_the_fragment(pool: Pool) -> None:
    """Where the client allows it: no code, no refresh token."""
    answer = await fill_in(pool, await form(pool, response_type="token"))
    back = came_back(answer)

    assert "#" in answer.headers["location"]
    assert {"id_token", "access_token", "expires_in", "token_type", "state"} == set(back)


async def test_machines_get_tokens_for_their_scopes(world: World) -> None:
    """client_credentials: by secret, in header or form, for the scopes of a resource server."""
    pool = await world.pool()
    await world.call(
        "CreateResourceServer",
        UserPoolId=pool.id,
        Identifier="scores",
        Name="Scores",
        Scopes=[{"ScopeName": "write", "ScopeDescription": "write"}],
    )
    asked: dict[str, Any] = {"AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["scores/write"]}
    made = await world.call(
        "CreateUserPoolClient",
        UserPoolId=pool.id,
        ClientName="machine",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        **asked,
    )
    client, secret = made["UserPoolClient"]["ClientId"], made["UserPoolClient"]["ClientSecret"]
    grant = {"grant_type": "client_credentials", "scope": "scores/write"}
    answer = await world.http.post("/oauth2/token", data=grant, auth=(client, secret))
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})

    assert set(answer.json()) == {"access_token", "expires_in", "token_type"}
    assert (claims["sub"], claims["client_id"], claims["scope"], claims["version"]) == (
        client,
        client,
        "scores/write",
        2,
    )
    in_form = {**grant, "client_id": client, "client_secret": secret}
    assert (await world.http.post("/oauth2/token", data=in_form)).status_code == 200
    wrong = await world.http.post("/oauth2/token", data=grant, auth=(client, "wrong"))
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})
    too_much = await world.http.post("/oauth2/token", data={**grant, "scope": "scores/all"}, auth=(client, secret))
    assert too_much.json() == {"error": "invalid_scope"}


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke"])
async def test_a_form_that_is_too_large_is_refused(pool: Pool, path: str) -> None:
    """invalid_request, before it is read to its end."""
    answer = await pool.world.http.post(path, data={"token": "x" * 30_000, "client_id": pool.client})

    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


async def test_the_configuration_leads_to_the_endpoints(pool: Pool) -> None:
    """The issuer is AWS's, the addresses are this machine's."""
    found = (await pool.world.http.get(f"/{pool.id}/.well-known/openid-configuration")).json()

    assert found["issuer"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}"
    assert found["jwks_uri"] == f"http://localhost:4568/{pool.id}/.well-known/jwks.json"
    assert (await pool.world.http.get(urlsplit(found["jwks_uri"]).path)).status_code == 200
    assert (await pool.world.http.get("/us-east-1_none/.well-known/jwks.json")).status_code == 404


async def test_a_link_in_a_mail_confirms(world: World) -> None:
    """CONFIRM_WITH_LINK: the address is mailed, the page says so; a second visit says why not."""
    template = {"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "Go {##here##}"}
    pool = await world.pool(VerificationMessageTemplate=template)
    await pool.sign_up()
    text = (await world.mail("ada@example.com"))[0]["Text"]
    link = re.fullmatch(r"Go here: (http://localhost:4568/confirmUser\?\S+)", text)
    assert link is not None
    first, second = await world.http.get(link[1]), await world.http.get(link[1])

    assert (first.status_code, second.status_code) == (200, 400)
    assert "Current status is CONFIRMED" in second.text
    assert (await pool.user())["UserStatus"] == "CONFIRMED"
