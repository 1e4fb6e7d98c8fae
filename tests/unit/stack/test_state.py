"""What the front door remembers, and what it forgets."""

import fcntl
import json
import threading
from pathlib import Path

import pytest

from cloud.errors import ConfigError
from stack import accounts, state
from stack.settings import Settings, resolved

PATIENCE = 30.0  # seconds


def test_the_state_is_private(tmp_path: Path) -> None:
    """Other users of the machine can read neither logs nor secrets."""
    home = tmp_path / "home"
    state.prepare(home)
    state.write_private(home / "accounts.json", "{}")

    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "accounts.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The error says which folder, and which variable names another."""
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="FOGBANK_HOME"):
        state.prepare(tmp_path / "file" / "home")


def test_the_last_stack_is_remembered(tmp_path: Path) -> None:
    """demo, down, ps and logs act on what up has started."""
    settings = resolved(Settings(home=tmp_path), "local")
    state.remember(settings)

    assert settings == state.recall(tmp_path)
    assert settings == state.remembered({"FOGBANK_HOME": str(tmp_path), "MODE": "nonsense"})


def test_a_newer_version_s_note_is_read(tmp_path: Path) -> None:
    """Or make down of an older checkout would say "stopped" while the stack goes on."""
    settings = resolved(Settings(home=tmp_path), "local")
    data = settings.to_json()
    noted = {**data, "colour": "blue", "ports": {**data["ports"], "radio": 4571}}
    (tmp_path / "stack.json").write_text(json.dumps(noted))

    assert state.recall(tmp_path) == settings


@pytest.mark.parametrize("text", ['{"home": "/x", "colour": "blue"}', '{"home": "/x", "ports": 8080}', "[]", '{"home'])
def test_an_unreadable_note_is_no_note(tmp_path: Path, text: str) -> None:
    """A note that was cut short, or is none of ours, counts as none."""
    (tmp_path / "stack.json").write_text(text)

    assert state.recall(tmp_path) is None
    with pytest.raises(ConfigError, match="make up"):
        state.remembered({"FOGBANK_HOME": str(tmp_path)})


def test_forgetting_removes_only_what_is_known(tmp_path: Path) -> None:
    """A FOGBANK_HOME that holds other files, by mistake perhaps, keeps them."""
    state.prepare(tmp_path)
    (tmp_path / "emulator" / "state").mkdir(parents=True)
    (tmp_path / "thesis.txt").write_text("years of work")
    state.forget(tmp_path)

    assert [tmp_path / "thesis.txt"] == list(tmp_path.iterdir())


def test_forgetting_an_own_folder_removes_it(tmp_path: Path) -> None:
    """Nothing is left of a folder that held nothing else."""
    home = tmp_path / "home"
    state.prepare(home)
    accounts.ensure(home)
    state.forget(home)

    assert not home.exists()


def test_every_declared_account_gets_a_password_of_its_own(tmp_path: Path) -> None:
    """Generated, private, and all kinds of characters that Cognito's default policy asks for."""
    made = accounts.ensure(tmp_path)

    assert {"manager", "ada", "linus"} <= set(made)
    assert len(made) == len(set(made.values()))
    for password in made.values():
        assert len(password) >= 12
        assert any(map(str.isupper, password))
        assert any(map(str.islower, password))
        assert any(map(str.isdigit, password))
        assert set(password) & set("-_")
    assert (tmp_path / "accounts.json").stat().st_mode & 0o777 == 0o600


def test_passwords_stay_and_new_accounts_are_added(tmp_path: Path) -> None:
    """make up again changes nobody's password; a lab that declares one more account gets one more."""
    (tmp_path / "accounts.json").write_text(json.dumps({"ada": "Known-Word-1"}))
    made = accounts.ensure(tmp_path)

    assert made["ada"] == "Known-Word-1"
    assert made == accounts.ensure(tmp_path)
    assert set(accounts.usernames()) == set(made)


def test_boxes_that_see_no_file_get_variables() -> None:
    """The names are those that bootstrap reads."""
    assert accounts.environment({"ada": "x"}) == {"FOGBANK_PASSWORD_ADA": "x"}


def test_who_waited_for_a_clean_finds_a_folder_and_is_still_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """make clean takes its own lock's file away: who waits for it had one that nobody else could see, and no folder."""
    home = tmp_path / "home"
    waits, locked, leave = threading.Event(), threading.Event(), threading.Event()
    monkeypatch.setattr("builtins.print", lambda *_, **__: waits.set())

    def up() -> None:
        with state.alone(home):
            locked.set()
            leave.wait(PATIENCE)

    state.prepare(home)
    waiting = threading.Thread(target=up)
    with state.alone(home):
        waiting.start()
        assert waits.wait(PATIENCE)
        state.forget(home)
    try:
        assert locked.wait(PATIENCE)
        assert (home / "run").is_dir()
        with (home / "run" / "lock").open("w") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        leave.set()
        waiting.join()
