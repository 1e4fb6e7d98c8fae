"""Who a caller is comes from a token that the user pool signed, and from nothing else."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import jwt
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cloud import clients
from cloud.errors import error_code
from cloud.wait import until
from demo import accounts
from tests.e2e.callers import PASSWORD, Caller, People
from tests.e2e.written import Written

pytestmark = pytest.mark.stack
CLIENT = {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}


@pytest.fixture
def gamer(people: People) -> Caller:
    """A gamer with a seat to lose."""
    return people.gamer()


def encoded(part: bytes | dict[str, Any]) -> str:
    """A part of a token."""
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(token: str, part: int) -> dict[str, Any]:
    """The header (0) or the claims (1) of a token."""
    text = token.split(".")[part]
    decoded = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert isinstance(decoded, dict)
    return decoded


def unsigned(token: str) -> str:
    """The same claims, with a header that says that they need no signature."""
    return f"{encoded(decoded(token, 0) | {'alg': 'none'})}.{token.split('.')[1]}."


def signed_with_the_public_key(token: str, people: People) -> str:
    """The same claims, signed by HS256 with what everybody knows: the pool's public key."""
    header = decoded(token, 0)
    keys = httpx.get(
        f"{clients.endpoint('cognito-idp')}/{people.pool().user_pool_id}/.well-known/jwks.json", timeout=30
    ).json()
    key = next(jwt.PyJWK(key).key for key in keys["keys"] if key["kid"] == header["kid"])
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = f"{encoded(header | {'alg': 'HS256'})}.{token.split('.')[1]}"
    return f"{claims}.{encoded(hmac.new(pem, claims.encode(), hashlib.sha256).digest())}"


def with_another_name(token: str) -> str:
    """The same signature under claims that name somebody else."""
    header, _, signature = token.split(".")
    return f"{header}.{encoded(decoded(token, 1) | {'cognito:username': 'manager'})}.{signature}"


@pytest.fixture
def foreign_token() -> Iterator[str]:
    """A good token of another user pool of the same account."""
    cognito = clients.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=f"other-{secrets.token_hex(4)}")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="other", **CLIENT)["UserPoolClient"]
    cognito.admin_create_user(UserPoolId=pool, Username="eve", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="eve", Password=PASSWORD, Permanent=True)
    yield accounts.sign_in(accounts.Pool(pool, client["ClientId"]), "eve", PASSWORD)
    cognito.delete_user_pool(UserPoolId=pool)


@pytest.fixture
def expired_token(people: People, gamer: Caller) -> Iterator[str]:
    """A token of the pool itself whose time is over: by an app client whose tokens last a second."""
    cognito, pool = clients.client("cognito-idp"), people.pool()
    client = cognito.create_user_pool_client(
        UserPoolId=pool.user_pool_id,
        ClientName=f"hasty-{secrets.token_hex(4)}",
        IdTokenValidity=1,
        TokenValidityUnits={"IdToken": "seconds"},
        **CLIENT,
    )["UserPoolClient"]
    token = accounts.sign_in(replace(pool, client_id=client["ClientId"]), gamer.who, PASSWORD)
    end = decoded(token, 1)["exp"]
    until(lambda: time.time() > end, 60, what="the token to expire")
    yield token
    cognito.delete_user_pool_client(UserPoolId=pool.user_pool_id, ClientId=client["ClientId"])


def refused(people: People, token: str, session_id: str, written: Written) -> list[httpx.Response]:
    """What a caller with this token is answered; nothing may have been written."""
    caller = Caller(people.base, "", token)
    answers = [
        caller.post_status(session_id),
        caller.allocate(),
        caller.call("GET", "scoreboard", params={"sessionId": session_id}),
        caller.call("DELETE", "manager/session"),
    ]
    assert written.records() == 0
    assert people.manager().gamers(session_id) == {}
    return answers


def mailed_code(mail: str) -> str:
    """The code in the newest letter to an address, as the inbox's page shows it to whoever sits here."""
    answer = httpx.get(f"{clients.endpoint('cognito-idp')}/inbox/messages", params={"to": mail}, timeout=30)
    return str(answer.json()["messages"][0]["Code"])


def refusal(call: Any, *given: Any, **asked: Any) -> str:
    """The error with which Cognito refuses."""
    with pytest.raises(ClientError) as caught:
        call(*given, **asked)
    return error_code(caught.value)


def test_who_confirms_with_the_code_from_the_inbox_is_a_player(people: People, session_id: str) -> None:
    """A wrong code opens nothing; the right one runs the lab's PostConfirmation function before it is answered."""
    cognito, pool = clients.client("cognito-idp"), people.pool()
    name = f"newcomer-{secrets.token_hex(4)}"
    mail, whom = f"{name}@example.com", {"ClientId": pool.client_id, "Username": name}
    cognito.sign_up(**whom, Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": mail}])
    code = mailed_code(mail)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    assert refusal(cognito.confirm_sign_up, **whom, ConfirmationCode=wrong) == "CodeMismatchException"
    assert refusal(accounts.sign_in, pool, name, PASSWORD) == "UserNotConfirmedException"
    cognito.confirm_sign_up(**whom, ConfirmationCode=code)
    newcomer = Caller(people.base, name, accounts.sign_in(pool, name, PASSWORD))
    assert decoded(newcomer.token, 1)["cognito:groups"] == ["Players"]
    assert newcomer.allocate().status_code == 200
    assert refusal(cognito.confirm_sign_up, **whom, ConfirmationCode=code) == "NotAuthorizedException"


def test_whom_an_administrator_confirms_is_a_player(gamer: Caller) -> None:
    """AdminConfirmSignUp, by which simulated gamers come in, runs the same function."""
    assert decoded(gamer.token, 1)["cognito:groups"] == ["Players"]


@pytest.mark.parametrize(
    "token", ["", "garbage", "a.b.c", "Bearer", "Bearer a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", ".."]
)
def test_no_token_and_garbage_are_refused(people: People, session_id: str, written: Written, token: str) -> None:
    """401 on every route, nothing written."""
    answers = refused(people, token, session_id, written)

    assert [answer.status_code for answer in answers] == [401] * 4
    assert all(answer.json() == {"message": "Unauthorized"} for answer in answers)


def test_an_expired_token_is_refused(people: People, expired_token: str, session_id: str, written: Written) -> None:
    """401 from its last second on, and the answer says why."""
    answers = refused(people, expired_token, session_id, written)

    assert [answer.status_code for answer in answers] == [401] * 4
    assert answers[0].json() == {"message": "The incoming token has expired"}


def test_a_token_of_another_pool_is_refused(
    people: People, foreign_token: str, session_id: str, written: Written
) -> None:
    """401, however good it is in its own pool."""
    answers = refused(people, foreign_token, session_id, written)

    assert [answer.status_code for answer in answers] == [401] * 4


def test_forged_tokens_are_refused(people: People, gamer: Caller, session_id: str, written: Written) -> None:
    """alg none, HS256 with the public key, other claims under a good signature: 401."""
    forged = [
        unsigned(gamer.token),
        signed_with_the_public_key(gamer.token, people),
        with_another_name(gamer.token),
        gamer.token[:-8] + "AAAAAAAA",
    ]
    for token in forged:
        answers = refused(people, token, session_id, written)
        assert [answer.status_code for answer in answers] == [401] * 4

    assert gamer.allocate().status_code == 200


def test_an_access_token_is_refused(people: People, gamer: Caller, session_id: str, written: Written) -> None:
    """Routes without scopes take ID tokens only, as API Gateway's do."""
    answer = clients.client("cognito-idp").initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=people.pool().client_id,
        AuthParameters={"USERNAME": gamer.who, "PASSWORD": PASSWORD},
    )
    answers = refused(people, answer["AuthenticationResult"]["AccessToken"], session_id, written)

    assert [answer.status_code for answer in answers] == [401] * 4


def test_manager_routes_are_for_managers(gamer: Caller, session_id: str) -> None:
    """A gamer's good token: 403 on each, and the session stays as it is."""
    answers = [
        gamer.call("POST", "manager/session", {"SessionName": "mine"}),
        gamer.call("GET", "manager/gamers", params={"sessionId": session_id}),
        gamer.call("DELETE", "manager/session"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert gamer.allocate().status_code == 200
    assert gamer.post_status(session_id).status_code == 200


def test_a_body_that_names_another_changes_nothing_of_theirs(
    people: People, manager: Caller, gamer: Caller, session_id: str
) -> None:
    """Nickname and Username in bodies are ignored: seat, row and partition key are the caller's own."""
    victim = people.gamer("victim")
    victim.allocate()
    victim.post_status(session_id, Score=50, Shots=10)
    seat = gamer.call("POST", "allocate", {"Username": victim.who})
    left = gamer.call("POST", "deallocate", {"Username": victim.who})
    gamer.call("POST", "allocate", {"Username": victim.who})
    post = gamer.post_status(session_id, Score=5, Lives=0, Shots=99, Nickname=victim.who)

    assert [answer.status_code for answer in (seat, left, post)] == [200, 200, 200]

    def both() -> dict[str, dict[str, Any]] | None:
        """Their records may be in different shards, so either row may come first."""
        rows = manager.gamers(session_id)
        return rows if rows[gamer.who]["Shots"] == 99 and rows[victim.who]["Shots"] == 10 else None

    rows = until(both, 60, what="both rows")
    assert rows
    assert (rows[victim.who]["Score"], rows[victim.who]["Shots"], rows[victim.who]["Lives"]) == (50, 10, 3)
    assert "keep playing" in victim.allocate().text
