"""The user pool's public keys, fetched once and again when a token names one that is not among them."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from . import tokens
from .aws import client, setting
from .tokens import BadToken, Keys

_PATIENCE = 5  # seconds
_PAUSE = 30.0  # seconds between two fetches: a made-up key id must not make us ask Cognito each time


class KeyRing:
    """The keys as last fetched. fetch: gets them; clock: seconds that do not go back."""

    def __init__(self, fetch: Callable[[], Keys], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._clock = fetch, clock
        self._keys: Keys = {}
        self._fetched = -_PAUSE

    def holding(self, key_id: str) -> Keys:
        """The keys, fetched anew when this one is missing and the last time was not just now."""
        if key_id not in self._keys and self._clock() - self._fetched >= _PAUSE:
            self._keys, self._fetched = self._fetch(), self._clock()
        return self._keys


def claims(token: str, now: float) -> dict[str, Any]:
    """The claims of an ID token of the lab's pool. now: seconds since 1970. Raises BadToken; OSError without keys."""
    known = _RING.holding(tokens.key_id(token))
    return tokens.verify(token, known, _issuer(), setting("CLIENT_ID"), now)


def _issuer() -> str:
    return f"https://{setting('POOL_NAME')}"


def _fetched() -> Keys:
    """The pool's JSON Web Key Set, from wherever boto3 would find Cognito."""
    endpoint = client("cognito-idp").meta.endpoint_url.rstrip("/")
    pool_id = setting("POOL_NAME").rpartition("/")[2]
    address = f"{endpoint}/{pool_id}/.well-known/jwks.json"
    with urllib.request.urlopen(address, timeout=_PATIENCE) as answer:  # noqa: S310 - boto3 names it, and by HTTP
        try:
            return tokens.keys(json.load(answer))
        except (ValueError, KeyError, AttributeError) as error:
            raise BadToken("the pool's keys cannot be read") from error


_RING = KeyRing(_fetched)
