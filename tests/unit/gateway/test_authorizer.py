"""The Cognito authorizer: every row of the token table."""

import base64
import json
from typing import Any

import pytest

from services.gateway.document import compile_api
from services.gateway.messages import CallFailed, FetchKeys
from tests.unit.gateway.support import (
    ISSUER,
    MOCK,
    NOW,
    Gateway,
    document,
    header,
    jwks,
    method,
    private_key,
    protocols,
    public_pem,
    token,
)

import jwt  # isort: skip

CLAIMS = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {
        "default": {
            "statusCode": "200",
            "responseTemplates": {
                "application/json": "$context.authorizer.claims['cognito:username'] "
                "$context.authorizer.claims.get('cognito:groups') $context.authorizer.claims.email_verified "
                "$context.authorizer.claims.exp $context.authorizer.claims.auth_time"
            },
        }
    },
}


def gateway(scopes: list[str] | None = None) -> Gateway:
    return Gateway(document({"/me": {"get": method(CLAIMS, security=[{"Gamers": scopes or []}])}}))


def ask(of: Gateway, value: str | None) -> tuple[int, bytes]:
    response = of.send("GET", "/me", headers={} if value is None else {"Authorization": value})
    return response.status, response.body


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def hs256_with_the_public_key() -> str:
    payload = jwt.decode(token(), options={"verify_signature": False})
    head, body = part({"alg": "HS256", "kid": "kid-1"}), part(payload)
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signed = signature.sign(f"{head}.{body}".encode(), public_pem())
    return f"{head}.{body}.{base64.urlsafe_b64encode(signed).rstrip(b'=').decode()}"


def without_signature() -> str:
    payload = jwt.decode(token(), options={"verify_signature": False})
    return f"{part({'alg': 'none', 'kid': 'kid-1'})}.{part(payload)}."


def tampered() -> str:
    head, _body, signature = token().split(".")
    other = jwt.decode(token(), options={"verify_signature": False}) | {"cognito:username": "linus"}
    return f"{head}.{part(other)}.{signature}"


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer  "])
def test_a_good_id_token_passes_raw_or_as_bearer(prefix: str) -> None:
    """Both forms work on API Gateway."""
    status, body = ask(gateway(), prefix + token())

    assert status == 200
    assert body.startswith(b"ada ")


def test_every_claim_arrives_as_a_string() -> None:
    """Booleans, lists and dates are spelt as API Gateway spells them."""
    _, body = ask(gateway(), token(exp=int(NOW) + 1))

    assert body.decode() == "ada Players,Testers true Wed Nov 18 11:06:41 UTC 2026 1795000000"


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Bearer ",
        "garbage",
        "a.b.c",
        "..",
        token()[:-20],
        tampered(),
        without_signature(),
        hs256_with_the_public_key(),
        token(iss=ISSUER + "2"),
        token(iss=["x"]),
        token(key="stranger"),
        token(kid="unknown"),
        token(token_use="access"),
        token(token_use="refresh"),
        token(exp="soon"),
        "é" * 50,
    ],
    ids=lambda value: str(value)[:12],
)
def test_whatever_is_no_good_id_token_of_this_pool_is_401(value: str | None) -> None:
    """Absent, malformed, alg none, HS256 with the public key, other pool, other key, access token: one answer."""
    assert ask(gateway(), value) == (401, b'{"message":"Unauthorized"}')


def test_the_error_type_says_unauthorized() -> None:
    """x-amzn-ErrorType tells SDKs what happened."""
    response = gateway().send("GET", "/me")

    assert header(response, "x-amzn-ErrorType") == "UnauthorizedException"


def test_an_expired_token_has_a_text_of_its_own() -> None:
    """UNAUTHORIZED with "The incoming token has expired", not EXPIRED_TOKEN, which is about AWS credentials."""
    expected = (401, b'{"message":"The incoming token has expired"}')

    assert ask(gateway(), token(exp=int(NOW) - 5)) == expected


def test_expiry_is_honoured_to_the_second_for_a_token_seen_before() -> None:
    """A verified token is remembered, its expiry is looked at each time."""
    shop, value = gateway(), token(exp=int(NOW) + 10)
    assert ask(shop, value)[0] == 200

    shop.clock.now = NOW + 9.999
    assert ask(shop, value)[0] == 200
    shop.clock.now = NOW + 10
    assert ask(shop, value)[0] == 401


def test_scopes_want_an_access_token_that_has_one_of_them() -> None:
    """With scopes on the method ID tokens are refused, and access tokens without the scope."""
    shop = gateway(["scores/write"])

    assert ask(shop, token())[0] == 401
    assert ask(shop, token(token_use="access", scope="scores/read"))[0] == 401
    assert ask(shop, token(token_use="access", scope="scores/read scores/write"))[0] == 200


def test_keys_are_fetched_once_for_many_tokens_and_again_for_an_unknown_kid_but_not_more_often_than_allowed() -> None:
    """Nobody can make the gateway storm the pool with invented kids."""
    shop = gateway()
    ask(shop, token())
    ask(shop, token(sub="other"))
    assert shop.fetches == 1

    for kid in ("x", "y", "z"):
        ask(shop, token(kid=kid))
    assert shop.fetches == 1
    shop.clock.now += 6
    ask(shop, token(kid="x"))
    assert shop.fetches == 2


def test_who_comes_while_the_keys_are_fetched_waits_for_them() -> None:
    """A room that signs in just after its pool was made: nobody is told 500 or 401 because another one asked first."""
    shop, begun, second = gateway(), [], []
    perform = shop._perform

    def meanwhile(call: Any) -> Any:
        begun.append(call)
        if len(begun) == 1:
            second.append(ask(shop, token(sub="bob"))[0])
        return perform(call)

    shop._perform = meanwhile  # type: ignore[method-assign]

    assert (ask(shop, token())[0], second) == (200, [200])
    assert begun == [FetchKeys(ISSUER), FetchKeys(ISSUER)]  # which are one: see Calls
    assert ask(shop, token(kid="invented"))[0] == 401
    assert len(begun) == 2


def test_a_rotated_key_is_found_and_a_revoked_one_is_forgotten_with_its_tokens() -> None:
    """A token seen before is refused as soon as its key is gone, even under the same kid."""
    shop, old = gateway(), token()
    assert ask(shop, old)[0] == 200
    shop.jwks = jwks(**{"kid-2": "second"})
    shop.clock.now += 6

    assert ask(shop, token(key="second", kid="kid-2"))[0] == 200
    assert ask(shop, old)[0] == 401

    shop.ring.replace(ISSUER, jwks(**{"kid-2": "pool"}))
    assert ask(shop, token(key="second", kid="kid-2"))[0] == 401


def test_refetching_the_same_keys_keeps_what_was_verified() -> None:
    """A refresh that brings nothing new costs nobody a new verification."""
    shop, value = gateway(), token()
    ask(shop, value)
    shop.ring.replace(ISSUER, jwks(**{"kid-1": "pool"}))

    assert shop.ring.recall(value) is not None


def test_no_keys_at_all_is_the_authorizers_failure_not_the_callers() -> None:
    """While the pool never answered, nobody can say that a token is bad: 500 with a null message."""
    shop = gateway()
    shop.jwks = None

    assert ask(shop, token()) == (500, b'{"message":null}')


def test_the_audience_expression_must_match() -> None:
    """identityValidationExpression is a regular expression for aud."""
    paths = {"/me": {"get": method(MOCK, security=[{"Gamers": []}])}}
    given = document(paths)
    scheme = dict(given["components"]["securitySchemes"]["Gamers"])
    scheme["x-amazon-apigateway-authorizer"] = {
        **scheme["x-amazon-apigateway-authorizer"],
        "identityValidationExpression": "client-[12]",
    }
    given["components"] = {"securitySchemes": {"Gamers": scheme}}
    shop = Gateway(given)

    assert ask(shop, token())[0] == 200
    assert ask(shop, token(aud="client-3"))[0] == 401


def test_no_jwks_leaves_the_ring_as_it_was() -> None:
    """An error page in place of the keys must not lock everybody out."""
    shop = gateway()
    ask(shop, token())
    for wrong in (b"", b"[]", b'{"keys": [{"kty": "RSA", "kid": "kid-1", "n": "!", "e": "?"}]}', b'{"keys": [1]}'):
        with pytest.raises(ValueError, match=r"JWKS|RSA|unexpected|empty"):
            shop.ring.replace(ISSUER, wrong)

    assert ask(shop, token())[0] == 200


def test_methods_without_security_ask_for_no_token() -> None:
    """auth NONE: claims are absent, a bad token does not matter."""
    api = compile_api("a", document({"/x": {"get": method()}}), protocols)

    assert api.issuers == frozenset()
    assert Gateway(document({"/x": {"get": method()}})).send("GET", "/x", headers={"Authorization": "x"}).status == 200


def test_a_failing_fetch_is_no_crash() -> None:
    """The shell reports a failed fetch by leaving the ring empty; a CallFailed thrown in becomes a 504."""
    shop = gateway()

    def refuse(_call: object) -> None:
        raise CallFailed("refused")

    shop._perform = refuse  # type: ignore[method-assign,assignment]
    assert ask(shop, token())[0] == 504
    assert private_key() is private_key()
