"""SRP against other people's client, password hashes, one-time passwords, the install's key."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycognito.aws_srp import AWSSRP

from services.identity.secrets import passwords, srp, totp, vault
from services.identity.secrets.passwords import Hasher
from services.identity.secrets.vault import Sealed, Vault

NAMES = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())


def other_side(user: str, password: str) -> AWSSRP:
    """pycognito's client; it calls nobody here."""
    return AWSSRP(user, password, "us-east-1_Abc123", "client", client=object())


@settings(max_examples=12, deadline=None)
@given(user=NAMES, password=NAMES)
def test_client_and_server_agree_on_a_key(user: str, password: str) -> None:
    """For any name and password, whichever bytes their numbers begin with."""
    client = other_side(user, password)
    known = srp.verifier("Abc123", user, password)
    challenge = srp.challenge(known, client.large_a_value)

    assert challenge is not None
    key = client.get_password_authentication_key(user, password, challenge.public, f"{known.salt:x}")
    assert challenge.key == key


def test_another_password_makes_another_key() -> None:
    """Who knows a name alone knows nothing."""
    client = other_side("ada", "wrong")
    known = srp.verifier("Abc123", "ada", "right")
    challenge = srp.challenge(known, client.large_a_value)

    assert challenge is not None
    key = client.get_password_authentication_key("ada", "wrong", challenge.public, f"{known.salt:x}")
    assert challenge.key != key


@pytest.mark.parametrize("factor", [0, 1, 2, 7])
def test_a_multiple_of_the_modulus_is_no_public_value(factor: int) -> None:
    """A mod N = 0 would make the key known without the password."""
    assert srp.challenge(srp.verifier("Abc123", "ada", "right"), factor * srp.N) is None


@pytest.mark.parametrize(("number", "expected"), [(0, "00"), (127, "7f"), (128, "0080"), (255, "00ff"), (256, "0100")])
def test_numbers_have_java_s_bytes(number: int, expected: str) -> None:
    """A set top bit would be a sign."""
    assert srp.unsigned(number).hex() == expected


async def test_a_hash_knows_its_password_and_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no two hashes of one password are alike."""
    with ThreadPoolExecutor(2) as threads:
        hasher = Hasher(threads)
        first, second = await hasher.hash("Sesame"), await hasher.hash("Sesame")
        monkeypatch.setattr(passwords, "N", 16)

        assert first["hash"] != second["hash"]
        assert (first["n"], first["r"], first["p"]) == (2**13, 8, 1)
        assert await hasher.matches("Sesame", first)
        assert not await hasher.matches("sesame", first)
        assert not await hasher.matches("Sesame", None)


def test_temporary_passwords_suit_every_policy() -> None:
    """One of each kind of character, as long as asked for, never the same."""
    made = {passwords.generate(length) for length in (4, 8, 12) for _ in range(50)}

    assert len(made) == 150
    assert all(any(map(test, one)) for one in made for test in (str.islower, str.isupper, str.isdigit))
    assert {len(one) for one in made} == {4, 8, 12}


def test_one_time_passwords_are_those_of_the_standard() -> None:
    """RFC 6238's vector for SHA-1: the last six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    assert totp.code(secret, 59 // totp.STEP) == "287082"
    assert totp.step_of(secret, "287082", 59) == 1
    assert totp.step_of(secret, "287082", 59 + 30) == 1
    assert totp.step_of(secret, "287082", 59 + 90) is None
    assert totp.step_of(secret, "ü", 59) is None


def test_what_is_sealed_is_bound_to_its_purpose_and_key() -> None:
    """Neither another purpose nor another install's key opens it, nor a changed byte."""
    sealed = Vault(b"a" * 32).seal("session", {"user": "ada.lovelace"})

    assert Vault(b"a" * 32).open("session", sealed) == {"user": "ada.lovelace"}
    assert b"ada.lovelace" not in sealed
    for key, purpose, data in (
        (b"a", "code", sealed),
        (b"b", "session", sealed),
        (b"a", "session", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (b"a", "session", b""),
    ):
        with pytest.raises(Sealed):
            Vault(key * 32).open(purpose, data)


def test_the_install_s_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    """32 bytes, mode 0600; replicas that start at the same time have the same."""
    with ThreadPoolExecutor(8) as threads:
        vaults = list(threads.map(vault.from_home, [tmp_path / "home"] * 8))
    path = tmp_path / "home" / vault.FILE

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32
    assert len({one.digest("p", "x") for one in vaults}) == 1
    assert list((tmp_path / "home").iterdir()) == [path]
