"""The token keys of user pools and the tokens already verified with them. Pure: fetching is somebody else's work.

A returning caller's token is not verified from scratch: what was found is kept per token, for as long as its key is
still the pool's. Expiry is not part of what is kept; the authorizer looks at it on every request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import orjson
from jwt.algorithms import RSAAlgorithm

MAX_TOKENS = 20_000


@dataclass(frozen=True, slots=True)
class Key:
    """One public key of a pool. source: its JWK, to tell whether a fetched key is the same one."""

    source: bytes
    public: Any


@dataclass(slots=True)
class Verified:
    """What a token with a good signature says. claims: as templates see them, every value a string."""

    issuer: str
    kid: str
    key: Key
    expires: float
    use: str
    audience: str
    scopes: frozenset[str]
    claims: Mapping[str, str]


@dataclass(slots=True)
class _Pool:
    keys: dict[str, Key] = field(default_factory=dict)
    loaded: bool = False
    asked: float = float("-inf")
    under_way: bool = False


class KeyRing:
    """Keys by issuer and kid, and verified tokens.

    min_interval: seconds between two fetches that unknown kids cause, so that nobody can make us storm the pool.
    """

    def __init__(self, clock: Callable[[], float], min_interval: float = 5.0) -> None:
        self.clock = clock
        self.min_interval = min_interval
        self._pools: dict[str, _Pool] = {}
        self._verified: dict[str, Verified] = {}

    def find(self, issuer: str, kid: str) -> Key | None:
        """The key, when the pool is known to have it."""
        return self._pool(issuer).keys.get(kid)

    def loaded(self, issuer: str) -> bool:
        """Whether the pool's keys were ever fetched."""
        return self._pool(issuer).loaded

    def claim_fetch(self, issuer: str) -> bool:
        """Whether the caller may fetch this pool's keys, or wait for who does; one fetch per min_interval begins."""
        pool, now = self._pool(issuer), self.clock()
        if pool.under_way:
            return True
        if now - pool.asked < self.min_interval:
            return False
        pool.asked, pool.under_way = now, True
        return True

    def settle(self, issuer: str) -> None:
        """A fetch is over, whether it brought keys or not."""
        self._pool(issuer).under_way = False

    def replace(self, issuer: str, document: bytes) -> None:
        """Take over a JWKS document: keys that it lacks are gone, and with them the tokens they signed.

        Raises ValueError when it is no JWKS; the keys stay as they were.
        """
        pool = self._pool(issuer)
        pool.keys = {jwk["kid"]: _key(jwk, pool.keys.get(jwk["kid"])) for jwk in _signing_keys(document)}
        pool.loaded = True

    def recall(self, token: str) -> Verified | None:
        """What an earlier request found out about this very token, unless its key was replaced or revoked."""
        known = self._verified.get(token)
        if known is not None and self._pool(known.issuer).keys.get(known.kid) is not known.key:
            del self._verified[token]
            return None
        return known

    def remember(self, token: str, verified: Verified) -> None:
        """Keep a verified token; when there are too many, the older half is forgotten."""
        if len(self._verified) >= MAX_TOKENS:
            for old in list(self._verified)[: MAX_TOKENS // 2]:
                del self._verified[old]
        self._verified[token] = verified

    def _pool(self, issuer: str) -> _Pool:
        pool = self._pools.get(issuer)
        if pool is None:
            pool = self._pools[issuer] = _Pool()
        return pool


def _signing_keys(document: bytes) -> list[dict[str, Any]]:
    try:
        keys = orjson.loads(document)["keys"]
        return [jwk for jwk in keys if jwk.get("kty") == "RSA" and isinstance(jwk.get("kid"), str)]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no JWKS document") from error


def _key(jwk: dict[str, Any], known: Key | None) -> Key:
    source = orjson.dumps(jwk, option=orjson.OPT_SORT_KEYS)
    if known is not None and known.source == source:
        return known
    try:
        return Key(source, RSAAlgorithm.from_jwk(jwk))
    except (jwt.InvalidKeyError, ValueError) as error:
        raise ValueError(f"key {jwk['kid']} is no RSA key") from error
