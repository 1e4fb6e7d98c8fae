"""Tokens and the password of the simulated gamers are kept well."""

import time
from pathlib import Path

import jwt

from demo.accounts import Keyring, keyring, lasts

KEY = "a key for tests only, of the length that HS256 asks for"


def test_a_keyring_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    """Pool, password and tokens survive; only the owner may read them."""
    ring = Keyring(tmp_path / "home" / "demo.json", "us-east-1_abc", "secret", {"ada": "token"})
    ring.save()

    assert keyring(ring.path) == ring
    assert ring.path.stat().st_mode & 0o777 == 0o600


def test_a_keyring_that_cannot_be_read_is_replaced(tmp_path: Path) -> None:
    """A file cut short means a new password, which is long enough for any pool's policy."""
    (tmp_path / "demo.json").write_text('{"pool": ')
    ring = keyring(tmp_path / "demo.json")

    assert ring.tokens == {}
    assert len(ring.password) >= 16
    assert ring.password != keyring(tmp_path / "demo.json").password


def test_the_password_does_not_show_in_a_representation(tmp_path: Path) -> None:
    """A keyring in a log line tells no secret."""
    ring = Keyring(tmp_path / "demo.json", password="secret", tokens={"ada": "token"})

    assert "secret" not in repr(ring)
    assert "'token'" not in repr(ring)


def test_a_token_is_used_again_only_while_it_lasts() -> None:
    """One that ends within the spare time, one without an end and one that is none are not."""
    ends_late = jwt.encode({"exp": time.time() + 3600}, KEY)
    ends_soon = jwt.encode({"exp": time.time() + 60}, KEY)

    assert lasts(ends_late)
    assert not lasts(ends_soon)
    assert not lasts(jwt.encode({}, KEY))
    assert not lasts("")
