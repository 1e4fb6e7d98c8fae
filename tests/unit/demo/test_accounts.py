"""Tokens and the password of the simulated gamers are kept well."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier

import boto3
import jwt
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from demo import accounts
from demo.accounts import Keyring, Pool, keyring, lasts

POOL, WHO = Pool("us-east-1_abc", "client"), {"UserPoolId": "us-east-1_abc", "Username": "ada"}
KEY = "a key for tests only, of the length that HS256 asks for"


@pytest.fixture
def cognito(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """A Cognito that takes the calls which a test expects, in that order, and no other."""
    client = boto3.client("cognito-idp", region_name="us-east-1")
    monkeypatch.setattr(accounts, "_cognito", lambda: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_signing_up_leaves_the_group_to_the_pool_s_function(cognito: Stubber) -> None:
    """SignUp and AdminConfirmSignUp, and nothing that would make a player of the gamer in the function's place."""
    asked = {"ClientId": "client", "Username": "ada", "Password": "secret", "UserAttributes": ANY}
    cognito.add_response("sign_up", {"UserConfirmed": False, "UserSub": "1"}, asked)
    cognito.add_response("admin_confirm_sign_up", {}, WHO)

    accounts.sign_up(POOL, "ada", "secret")


@pytest.mark.parametrize("confirmed", [True, False])
def test_an_account_from_before_gets_the_password(cognito: Stubber, confirmed: bool) -> None:
    """Whether the run that made it had come to confirming it or not."""
    cognito.add_client_error("sign_up", "UsernameExistsException")
    if confirmed:
        cognito.add_client_error("admin_confirm_sign_up", "NotAuthorizedException")
    else:
        cognito.add_response("admin_confirm_sign_up", {}, WHO)
    cognito.add_response("admin_set_user_password", {}, {**WHO, "Password": "secret", "Permanent": True})

    accounts.sign_up(POOL, "ada", "secret")


def test_a_function_that_fails_is_not_passed_over(cognito: Stubber) -> None:
    """A gamer whom the pool's function made no player of is no gamer: the error comes out."""
    cognito.add_response("sign_up", {"UserConfirmed": False, "UserSub": "1"})
    cognito.add_client_error("admin_confirm_sign_up", "UserLambdaValidationException")

    with pytest.raises(ClientError, match="UserLambdaValidationException"):
        accounts.sign_up(POOL, "ada", "secret")


def test_the_first_gamer_comes_in_before_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a function that is not running yet is started once; the others find it warm, some at a time."""
    entered: list[tuple[str, str]] = []
    both = Barrier(2)

    def enter(_pool: Pool, nickname: str, _password: str, *, known: bool) -> str:
        entered.append(("in", nickname))
        if nickname != "a":
            both.wait(20)
        entered.append(("out", nickname))
        return "" if known else f"token of {nickname}"

    monkeypatch.setattr(accounts, "_signed_in_or_up", enter)
    found = accounts.gamers(POOL, ["a", "b", "c"], keyring(tmp_path / "demo.json"), lambda: None)

    assert entered[:2] == [("in", "a"), ("out", "a")]
    assert [one.token for one in found] == ["token of a", "token of b", "token of c"]


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
