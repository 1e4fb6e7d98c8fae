"""A pool's two signing keys: one for ID tokens, one for access tokens, RSA 2048, made with the pool and never changed.

Stored with the pool, the private parts sealed with the install's key.
"""

import base64
import os
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from services.identity.secrets.vault import Vault

USES = ("id", "access")


@dataclass(frozen=True)
class SigningKey:
    """One key; kid names it in a token's header."""

    kid: str
    private: RSAPrivateKey

    @property
    def public(self) -> RSAPublicKey:
        """What verifies."""
        return self.private.public_key()

    def sign(self, claims: dict[str, Any]) -> str:
        """A token: RS256, its header only kid and alg, as Cognito's are."""
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": self.kid, "typ": None})

    def jwk(self) -> dict[str, str]:
        """The public key as a JWKS document lists it."""
        numbers = self.public.public_numbers()
        e, n = _number(numbers.e), _number(numbers.n)
        return {"alg": "RS256", "e": e, "kid": self.kid, "kty": "RSA", "n": n, "use": "sig"}


def generate() -> SigningKey:
    """A new key."""
    return SigningKey(base64.b64encode(os.urandom(32)).decode(), generate_private_key(65537, 2048))


def sealed(vault: Vault, pool: str, keys: dict[str, SigningKey]) -> bytes:
    """A pool's keys as they are stored."""
    return vault.seal(f"keys/{pool}", {use: {"kid": key.kid, "pem": _pem(key)} for use, key in keys.items()})


def opened(vault: Vault, pool: str, stored: bytes) -> dict[str, SigningKey]:
    """Use -> key. Raises Sealed when another install stored them."""
    found = vault.open(f"keys/{pool}", stored)
    return {use: SigningKey(key["kid"], _private(key["pem"])) for use, key in found.items()}


def _pem(key: SigningKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def _private(pem: str) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def _number(value: int) -> str:
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
