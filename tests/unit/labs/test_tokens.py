"""ID tokens: what is made with the library that the gateway uses, and everything that must not pass."""

import base64
import hashlib
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from labs.alien_attack import tokens
from labs.alien_attack.pool import KeyRing
from labs.alien_attack.tokens import BadToken

ISSUER, CLIENT, NOW = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool", "client", 1_000_000.0
PRIVATE, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))


def jwk(private: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    """The public key as a pool publishes it."""
    published: dict[str, str] = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {**published, "kid": kid, "use": "sig", "alg": "RS256"}


KEYS = tokens.keys({"keys": [jwk(PRIVATE, "one"), {"kty": "EC", "kid": "two"}]})


def token(private: Any = PRIVATE, kid: str = "one", alg: str = "RS256", **claims: Any) -> str:
    """A token; claims replace those of a good one."""
    good = {
        "iss": ISSUER,
        "aud": CLIENT,
        "token_use": "id",
        "exp": NOW + 60,
        "sub": "s",
        "cognito:username": "Ünï-γ 🚀",
    }
    return jwt.encode({**good, **claims}, private, alg, {"kid": kid})


def part(value: object) -> str:
    """A part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def verify(text: str) -> dict[str, Any]:
    """The token's claims, as of now."""
    return tokens.verify(text, KEYS, ISSUER, CLIENT, NOW)


def test_a_good_token_tells_who_it_is() -> None:
    """Any name survives."""
    assert verify(token())["cognito:username"] == "Ünï-γ 🚀"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": ISSUER + "x"},
        {"iss": ""},
        {"aud": "another"},
        {"token_use": "access"},
        {"exp": NOW},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": None},
    ],
)
def test_tokens_of_others_and_of_yesterday_are_refused(wrong: dict[str, Any]) -> None:
    """Another pool, another client, an access token, an expired one."""
    with pytest.raises(BadToken):
        verify(token(**wrong))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c",
        "...",
        "é.é.é",
        "x" * 20_000,
        part({"alg": "RS256", "kid": "one"}) + "." + part(b"[]") + ".",
        part(b"[" * 10_000) + ".e30.e30",
        part([]) + ".e30.e30",
        part({"alg": "RS256", "kid": 5}) + ".e30.e30",
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    """Whatever the bytes: BadToken, never another error."""
    with pytest.raises(BadToken):
        verify(text)


def test_a_signature_of_another_key_is_refused() -> None:
    """Under the pool's key id, and under its own."""
    for kid in ("one", "two", "three"):
        with pytest.raises(BadToken):
            verify(token(OTHER, kid))


def test_every_bit_of_a_token_counts() -> None:
    """A changed claim, a changed, missing, longer or shifted signature."""
    head, claims, signature = token().split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    modulus = KEYS["one"][0]
    forged = [
        f"{head}.{part({**json.loads(base64.urlsafe_b64decode(claims + '==')), 'sub': 'other'})}.{signature}",
        f"{head}.{claims}.{part(raw[:-1] + bytes([raw[-1] ^ 1]))}",
        f"{head}.{claims}.",
        f"{head}.{claims}.{part(b'')}",
        f"{head}.{claims}.{part(bytes(256))}",
        f"{head}.{claims}.{part(bytes(1) + raw)}",
        f"{head}.{claims}.{part((int.from_bytes(raw) + modulus).to_bytes(257))}",
        f"{part({'alg': 'none', 'kid': 'one'})}.{claims}.",
    ]
    for text in forged:
        with pytest.raises(BadToken):
            verify(text)


def test_a_secret_made_of_the_public_key_signs_nothing() -> None:
    """The confusion of RS256 with HS256, and the other hashes of RSA."""
    secret = str(KEYS["one"][0])
    for text in (token(secret * 2, alg="HS256"), token(alg="RS512"), token(alg="PS256")):
        with pytest.raises(BadToken):
            verify(text)


def test_a_hash_with_other_padding_is_refused() -> None:
    """A signature by the right key over a hash that is padded too short, which lenient checks let through."""
    modulus, private = KEYS["one"][0], PRIVATE.private_numbers().d
    signed = ".".join(token().split(".")[:2])
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(signed.encode()).digest()
    tail = bytes(256 - 3 - 8 - len(digest))
    for padded in (
        b"\x00\x01" + b"\xff" * 8 + b"\x00" + digest + tail,
        b"\x00\x02" + b"\xff" * (253 - len(digest)) + b"\x00" + digest,
    ):
        signature = pow(int.from_bytes(padded), private, modulus).to_bytes(256)
        with pytest.raises(BadToken):
            verify(f"{signed}.{part(signature)}")


def test_short_keys_sign_nothing() -> None:
    """Less than 2048 bits is no key of Cognito's."""
    small = rsa.generate_private_key(65537, 1024)
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        text = token(small)

    with pytest.raises(BadToken):
        tokens.verify(text, tokens.keys({"keys": [jwk(small, "one")]}), ISSUER, CLIENT, NOW)


def test_keys_are_fetched_once_and_again_for_a_new_one_but_not_all_the_time() -> None:
    """A pool turns its keys over; made-up key ids must not make us ask it each time."""
    published: list[dict[str, str]] = [jwk(PRIVATE, "one")]
    fetched: list[float] = []
    clock = [0.0]

    def fetch() -> tokens.Keys:
        fetched.append(clock[0])
        return tokens.keys({"keys": published})

    ring = KeyRing(fetch, lambda: clock[0])
    assert set(ring.holding("one")) == set(ring.holding("one")) == {"one"}
    published.append(jwk(OTHER, "new"))
    assert set(ring.holding("new")) == {"one"}
    clock[0] = 31.0
    assert set(ring.holding("new")) == {"one", "new"}
    assert fetched == [0.0, 31.0]
