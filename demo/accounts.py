"""The accounts that play: signed up once, reused by every later run, signed in by USER_PASSWORD_AUTH.

All simulated gamers share one password, made at the first run. It and their ID tokens, which are used again while they
are valid, stay in FOGBANK_HOME/demo.json, readable to the owner alone.
"""

import hashlib
import itertools
import os
import secrets
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import orjson
from botocore.exceptions import ClientError

from cloud import clients
from cloud.errors import error_code

AT_ONCE = 8  # calls to Cognito under way
SPARE = 600  # seconds that a token must still be valid to be used again
_NOT_SIGNED_UP = {"NotAuthorizedException", "UserNotFoundException", "UserNotConfirmedException"}


@dataclass(frozen=True)
class Pool:
    """Where accounts live: user pool and app client, as GET config names them."""

    user_pool_id: str
    client_id: str


@dataclass(frozen=True)
class Account:
    """Somebody who is signed in."""

    nickname: str
    token: str


@dataclass
class Keyring:
    """What is kept in FOGBANK_HOME/demo.json."""

    path: Path
    pool: str = ""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16) + "aA1!", repr=False)
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    def save(self) -> None:
        """Write the file, mode 0600 from its first byte on, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        kept = {"pool": self.pool, "password": self.password, "tokens": self.tokens}
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(orjson.dumps(kept))
        fresh.replace(self.path)


def keyring(path: Path) -> Keyring:
    """The keyring in this file, or a new one; a file that cannot be read counts as none."""
    try:
        kept = orjson.loads(path.read_bytes())
        return Keyring(path, str(kept["pool"]), str(kept["password"]), dict(kept["tokens"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Keyring(path)


def gamers(pool: Pool, nicknames: Iterable[str], ring: Keyring, tick: Callable[[], None]) -> list[Account]:
    """Every one of these gamers, signed in; signed up first where needed. tick: called after each.

    The first comes in alone: the pool's function starts once then, not AT_ONCE times side by side. Raises botocore's
    ClientError when Cognito refuses.
    """
    if ring.pool != pool.user_pool_id:
        ring.pool, ring.tokens = pool.user_pool_id, {}

    def enter(nickname: str) -> Account:
        token = ring.tokens.get(nickname, "")
        if not lasts(token):
            token = _signed_in_or_up(pool, nickname, ring.password, known=bool(token))
        tick()
        return Account(nickname, token)

    ring.save()  # before any account has the password
    with ThreadPoolExecutor(AT_ONCE) as threads:
        queue = iter(nicknames)
        accounts = [*map(enter, itertools.islice(queue, 1)), *threads.map(enter, queue)]
    ring.tokens.update((account.nickname, account.token) for account in accounts)
    ring.save()
    return accounts


def sign_in(pool: Pool, username: str, password: str) -> str:
    """The ID token of an account. Raises ClientError NotAuthorizedException."""
    answer = _cognito().initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=pool.client_id,
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def sign_up(pool: Pool, username: str, password: str) -> None:
    """A confirmed gamer with this password, whether the account was there before or not.

    Confirming runs the user pool's PostConfirmation function, which makes a player of the gamer.
    """
    cognito = _cognito()
    who = {"UserPoolId": pool.user_pool_id, "Username": username}
    mail = f"gamer-{hashlib.sha256(username.encode()).hexdigest()[:16]}@example.com"
    attributes = [{"Name": "email", "Value": mail}]
    signing_up = {"Username": username, "Password": password, "UserAttributes": attributes}
    fresh = _unless("UsernameExistsException", cognito.sign_up, ClientId=pool.client_id, **signing_up)
    # An account that was there may be confirmed or not: an earlier run may have ended in between.
    _unless("" if fresh else "NotAuthorizedException", cognito.admin_confirm_sign_up, **who)
    if not fresh:
        cognito.admin_set_user_password(**who, Password=password, Permanent=True)


def lasts(token: str, spare: float = SPARE) -> bool:
    """Whether a token is there and stays valid for this many seconds more."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
    return float(claims.get("exp", 0)) > time.time() + spare


def _signed_in_or_up(pool: Pool, nickname: str, password: str, *, known: bool) -> str:
    """known: whether the gamer was signed in before; only then a sign-in is worth trying first."""
    try:
        if known:
            return sign_in(pool, nickname, password)
    except ClientError as error:
        if error_code(error) not in _NOT_SIGNED_UP:
            raise
    sign_up(pool, nickname, password)
    return sign_in(pool, nickname, password)


def _unless(refusal: str, call: Callable[..., Any], **asked: Any) -> bool:
    """Whether a call was granted; False when it was refused with this error. Any other is raised."""
    try:
        call(**asked)
    except ClientError as error:
        if error_code(error) != refusal:
            raise
        return False
    return True


def _cognito() -> Any:
    return clients.client("cognito-idp")
