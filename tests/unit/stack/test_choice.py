"""Which target `make up` takes."""

import pytest

from stack.commands import choose
from stack.errors import StackError
from stack.settings import Settings, resolved

RAN_LOCAL = resolved(Settings(), "local")
RAN_MINISTACK = resolved(Settings(emulator="ministack"), "docker")


def there_is() -> str:
    """Docker can be used."""
    return ""


def there_is_none() -> str:
    """Docker cannot be used."""
    return "there is no `docker` command"


@pytest.mark.parametrize(
    ("wanted", "last", "docker", "mode", "emulator"),
    [
        (Settings(), None, there_is, "docker", "both"),
        (Settings(), None, there_is_none, "local", "ministack"),
        (Settings(mode="local"), None, there_is, "local", "ministack"),
        (Settings(emulator="ministack"), None, there_is_none, "local", "ministack"),
        (Settings(emulator="localstack"), RAN_LOCAL, there_is, "docker", "localstack"),
        (Settings(), RAN_LOCAL, there_is, "local", "ministack"),
        (Settings(), RAN_MINISTACK, there_is, "docker", "ministack"),
        (Settings(mode="docker"), RAN_MINISTACK, there_is, "docker", "both"),
    ],
)
def test_the_target_is_the_caller_s_else_the_last_else_docker(
    wanted: Settings, last: Settings | None, docker: object, mode: str, emulator: str
) -> None:
    """State lies with its target, so a stack that ran before is not left for another without being told."""
    assert callable(docker)
    chosen = choose(wanted, last, docker)

    assert (mode, emulator) == (chosen.mode, chosen.emulator)


@pytest.mark.parametrize(("wanted", "last"), [(Settings(mode="docker"), None), (Settings(), RAN_MINISTACK)])
def test_docker_that_is_wanted_and_not_there_is_an_error(wanted: Settings, last: Settings | None) -> None:
    """It says why, and how to go on without."""
    with pytest.raises(StackError, match=r"no `docker` command.*MODE=local"):
        choose(wanted, last, there_is_none)
