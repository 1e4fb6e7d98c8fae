"""A service's state as text, without copies."""

import copy
import json
from types import SimpleNamespace
from typing import Any

import pytest

from services.emulator.state import collect, encode

STORE: dict[Any, Any] = {"a": {"deep": [1, "größer"]}}


def get_state() -> Any:
    """As MiniStack's services have it."""
    return {"store": copy.deepcopy(STORE)}


def persistence() -> Any:
    def default(value: Any) -> Any:
        return {"__bytes__": value.decode()}

    return SimpleNamespace(_state_format_version=lambda key: 3, _json_default=default)


def test_state_is_collected_without_a_copy_and_the_module_is_left_alone() -> None:
    """The very same objects, while others who copy still copy."""
    collected = collect(get_state)

    assert collected["store"] is STORE
    assert get_state()["store"] is not STORE
    assert collect(get_state, {"STORE": "another"}) == {"store": "another"}


def test_state_is_written_as_ministack_reads_it() -> None:
    """In its wrapping, with its own way of writing bytes."""
    text = encode(persistence(), "kinesis", lambda: {"store": b"x"})

    assert json.loads(text or b"") == {"__ministack_format__": 3, "payload": {"store": {"__bytes__": "x"}}}


@pytest.mark.parametrize("value", ["\ud800", 2**70])
def test_what_the_fast_encoder_cannot_write_is_written_all_the_same(value: object) -> None:
    """Half a surrogate pair, a number beyond 64 bits."""
    text = encode(persistence(), "x", lambda: [value])

    assert json.loads(text or b"")["payload"] == [value]


def test_a_service_without_state_has_no_file() -> None:
    """None is not the same as nothing: the last file must stay."""
    assert encode(persistence(), "x", lambda: None) is None


def test_a_state_that_changes_while_it_is_read_is_read_again() -> None:
    """Another thread may add to it; after a few times the error is the caller's."""
    answers = iter([RuntimeError("dictionary changed size during iteration"), None])

    def changing() -> Any:
        if error := next(answers):
            raise error
        return "read"

    def never_still() -> Any:
        raise RuntimeError("dictionary changed size during iteration")

    assert b"read" in (encode(persistence(), "x", changing) or b"")
    with pytest.raises(RuntimeError):
        encode(persistence(), "x", never_still)
