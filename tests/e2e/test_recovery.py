"""The emulator comes back empty: the stack notices and is whole again by itself."""

import pytest

from cloud.wait import until
from tests.e2e.boxes import Stack
from tests.e2e.callers import Caller, People, Sessions

pytestmark = pytest.mark.stack
SECONDS = 60


def test_the_path_works_again_after_the_emulator_lost_everything(stack: Stack, people: People) -> None:
    """User pool, tables and parameters are created anew, the gateway follows, a post comes out on the board."""
    pool = people.pool()
    for emulator in stack.emulators:
        stack.wipe(emulator)
    until(lambda: people.pool() != pool, SECONDS, what="a new user pool", interval=0.5)
    manager, gamer = until(lambda: (people.manager(), people.gamer()), SECONDS, what="accounts in the new user pool")
    session_id = until(lambda: Sessions(manager).open(), SECONDS, what="a session to open", interval=0.5)
    until(lambda: gamer.allocate().status_code == 200, SECONDS, what="a seat", interval=0.5)
    until(lambda: gamer.post_status(session_id, Score=25).status_code == 200, SECONDS, what="a post to be taken")
    shown = until(lambda: score(manager, session_id, gamer), SECONDS, what="the post to be on the board")
    Sessions(manager).close()

    assert shown == 25


def score(manager: Caller, session_id: str, gamer: Caller) -> object:
    """The gamer's score on the board; None, or the 0 of a new row, before a post was handled."""
    return manager.gamers(session_id).get(gamer.who, {}).get("Score")
