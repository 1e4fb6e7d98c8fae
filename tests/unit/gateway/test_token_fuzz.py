"""Whatever stands where a token should: 401, or 200 for a token that the pool signed; never a crash."""

import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.gateway.support import MOCK, Gateway, document, method, private_key, token

FIXED = settings(max_examples=200, deadline=None, derandomize=True, database=None)
SHOP = Gateway(document({"/me": {"get": method(MOCK, security=[{"Gamers": []}])}}))
REFUSED = (401, b'{"message":"Unauthorized"}')
EXPIRED = (401, b'{"message":"The incoming token has expired"}')
GOOD = token()
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
HEADERS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "b64", "zip"]), VALUES | st.just("RS256")
)
CLAIMS = st.sampled_from(["exp", "iss", "token_use", "aud", "scope", "sub", "iat", "nbf", "cognito:groups", "x"])


def answer(value: str) -> tuple[int, bytes]:
    response = SHOP.send("GET", "/me", headers={"Authorization": value})
    return response.status, response.body


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@FIXED
@given(st.text(max_size=300))
@example("Bearer " + "." * 300)
@example("[" * 100_000)
def test_any_text_is_refused(text: str) -> None:
    """No text is a token by chance."""
    assert answer(text) == REFUSED


@FIXED
@given(HEADERS | VALUES, VALUES, st.text("abcXYZ-_", max_size=20))
def test_any_header_and_payload_are_refused(header: Any, payload: Any, signature: str) -> None:
    """Well-formed JSON of any shape, signed by nobody."""
    assert answer(f"{part(header)}.{part(payload)}.{signature}") == REFUSED


@pytest.mark.parametrize("deep", ['{"a":' * 5000 + "1" + "}" * 5000, "[" * 100_000, '{"exp":' + "9" * 5000 + "}"])
def test_json_that_no_parser_likes_is_refused(deep: str) -> None:
    """Nested without end, numbers without end, as header and as payload."""
    wild = base64.urlsafe_b64encode(deep.encode()).rstrip(b"=").decode()
    head, body, signature = GOOD.split(".")

    assert answer(f"{wild}.{body}.{signature}") == REFUSED
    assert answer(f"{head}.{wild}.{signature}") == REFUSED


@FIXED
@given(st.data())
def test_a_good_token_with_a_character_changed_is_refused(data: st.DataObject) -> None:
    """Header and payload are signed to the last character."""
    signed = GOOD.rindex(".")
    at = data.draw(st.integers(0, signed - 1))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=255).filter(lambda one: one != GOOD[at]))

    assert answer(GOOD[:at] + other + GOOD[at + 1 :]) == REFUSED


@settings(FIXED, max_examples=60)  # each is signed
@given(st.dictionaries(CLAIMS, VALUES, max_size=4))
def test_any_claims_that_the_pool_signed_are_taken_or_refused(claims: dict[str, Any]) -> None:
    """Even a pool that signs nonsense gets an answer that makes sense."""
    key = private_key("pool")
    good = jwt.decode(GOOD, options={"verify_signature": False})
    signed = jwt.PyJWS().encode(json.dumps({**good, **claims}).encode(), key, "RS256", headers={"kid": "kid-1"})
    found = answer(signed)

    assert found in (REFUSED, EXPIRED) or found[0] == 200
    if claims.get("iss", good["iss"]) != good["iss"] or claims.get("token_use", "id") != "id":
        assert found[0] == 401
