"""ID tokens of the user pool: verified here, because a WebSocket API has no authorizer of Cognito's own.

Signature (RS256), issuer, audience, use and expiry, as in "Verifying JSON web tokens" of Cognito's guide. Checking an
RSA signature needs the public key and one modular power, both of which Python has: the lab stays a folder without
packages to build. The whole padded hash is made and compared, never taken apart (RFC 8017, 8.2.2): nothing to forge.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

Keys = Mapping[str, tuple[int, int]]
"""Key id -> modulus and exponent."""

_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo of SHA-256 before the hash itself
_SHORTEST = 256  # bytes of a modulus: 2048 bits
_LONGEST_TOKEN = 16_384  # characters
_LEAST_PADDING = 8  # bytes


class BadToken(Exception):
    """A token that proves nothing; says why, and never holds a part of it."""


def key_id(token: str) -> str:
    """Which key the token says that it was signed with. Raises BadToken."""
    header = _header(token)
    if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
        raise BadToken("not signed with RS256")
    return str(header["kid"])


def keys(document: Mapping[str, Any]) -> Keys:
    """The RSA keys of a JSON Web Key Set."""
    return {
        key["kid"]: (_number(key["n"]), _number(key["e"]))
        for key in document.get("keys", ())
        if key.get("kty") == "RSA" and key.get("use", "sig") == "sig"
    }


def verify(token: str, known: Keys, issuer: str, audience: str, now: float) -> dict[str, Any]:
    """The claims of an ID token of this pool and client. now: seconds since 1970. Raises BadToken."""
    identifier = key_id(token)
    if identifier not in known:
        raise BadToken("signed with a key that is not the pool's")
    signed, _, signature = token.rpartition(".")
    if not _is_signature(signed.encode(), _decoded(signature), *known[identifier]):
        raise BadToken("the signature is wrong")
    claims = _object(signed.partition(".")[2])
    if claims.get("iss") != issuer or claims.get("aud") != audience or claims.get("token_use") != "id":
        raise BadToken("not an ID token of this pool and client")
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float) or expires <= now:
        raise BadToken("expired")
    return claims


def _is_signature(signed: bytes, signature: bytes, modulus: int, exponent: int) -> bool:
    size = (modulus.bit_length() + 7) // 8
    value = int.from_bytes(signature)
    if size < _SHORTEST or len(signature) != size or value >= modulus:
        return False
    digest = _SHA256 + hashlib.sha256(signed).digest()
    padding = b"\xff" * (size - len(digest) - 3)
    expected = b"\x00\x01" + padding + b"\x00" + digest
    return len(padding) >= _LEAST_PADDING and hmac.compare_digest(
        pow(value, exponent, modulus).to_bytes(size), expected
    )


def _header(token: str) -> dict[str, Any]:
    parts = token.split(".")
    if len(token) > _LONGEST_TOKEN or len(parts) != 3 or not token.isascii():
        raise BadToken("not a token")
    return _object(parts[0])


def _object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_decoded(part))
    except (ValueError, RecursionError) as error:
        raise BadToken("not a token") from error
    if not isinstance(value, dict):
        raise BadToken("not a token")
    return value


def _number(part: str) -> int:
    return int.from_bytes(_decoded(part))


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise BadToken("not a token") from error
