"""Settings, and where passwords come from."""

import json
from pathlib import Path

import pytest

from bootstrap.settings import ROOT, from_env
from cloud.errors import ConfigError


def test_with_nothing_set_state_is_kept_in_the_repository() -> None:
    """And the region is the one of all examples."""
    chosen = from_env({})

    assert (chosen.region, chosen.home) == ("us-east-1", ROOT / ".fogbank")


def test_passwords_come_from_the_file_that_is_named(tmp_path: Path) -> None:
    """One file for all accounts, and the variables are not looked at."""
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps({"ada": "from the file"}))
    chosen = from_env({"FOGBANK_PASSWORDS": str(file), "FOGBANK_PASSWORD_ADA": "from the variable"})

    assert chosen.password("ada") == "from the file"
    with pytest.raises(ConfigError, match="linus"):
        chosen.password("linus")


def test_without_a_file_passwords_come_from_variables() -> None:
    """The user name in upper case."""
    chosen = from_env({"FOGBANK_PASSWORD_ADA": "from the variable"})

    assert chosen.password("ada") == "from the variable"
    with pytest.raises(ConfigError, match="FOGBANK_PASSWORD_LINUS"):
        chosen.password("linus")


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_a_file_that_holds_no_passwords_is_an_error(tmp_path: Path, content: str) -> None:
    """It names the file, and never what stands in it."""
    file = tmp_path / "accounts.json"
    file.write_text(content)

    with pytest.raises(ConfigError, match=r"accounts\.json"):
        from_env({"FOGBANK_PASSWORDS": str(file)}).password("ada")
