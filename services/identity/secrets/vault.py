"""The install's key: seals what must not be readable in a table or in a client's hands.

One file of 32 random bytes in FOGBANK_HOME, mode 0600; replicas share the folder. What is derived from it: sealed
texts (AES-256-GCM, bound to a purpose), and keyed digests for codes and for challenges that must look real.
"""

import hashlib
import hmac
import os
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cloud.errors import ConfigError

FILE = "identity.key"
_BYTES = 32
_NONCE = 12


class Sealed(Exception):
    """What was to be opened was not sealed here for this purpose."""


class Vault:
    """Seals and opens with one key."""

    def __init__(self, key: bytes) -> None:
        self._digest_key = hashlib.sha256(b"digest" + key).digest()
        self._aead = AESGCM(hashlib.sha256(b"seal" + key).digest())

    def seal(self, purpose: str, content: Any) -> bytes:
        """JSON data as bytes that only open() with the same purpose reads."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, orjson.dumps(content), purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> Any:
        """What was sealed. Raises Sealed."""
        try:
            return orjson.loads(self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode()))
        except (InvalidTag, ValueError) as error:
            raise Sealed(purpose) from error

    def digest(self, purpose: str, *parts: str) -> bytes:
        """32 bytes that nobody can compute without the key, the same each time."""
        text = "\0".join((purpose, *parts))
        return hmac.new(self._digest_key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def from_home(home: Path) -> Vault:
    """The vault of the install; its key is made when there is none. Raises ConfigError when it cannot be."""
    path = home / FILE
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        path.chmod(0o600)
        key = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}, the key of user pools, cannot be kept: {error}") from error
    if len(key) != _BYTES:
        raise ConfigError(f"{path} must hold {_BYTES} bytes, it holds {len(key)}: restore it, or run make clean")
    return Vault(key)


def _create(path: Path) -> None:
    """Whole or not at all, and only one of several replicas' keys survives."""
    draft = path.with_name(f"{path.name}.{os.urandom(8).hex()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(os.urandom(_BYTES))
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
