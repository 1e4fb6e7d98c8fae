"""A world for each test; hashing and key making cost nothing in it."""

from collections.abc import Iterator

import pytest

from services.identity.secrets import keys, passwords

from .world import World, made_keys


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A box in this process."""
    monkeypatch.setattr(passwords, "N", 16)
    monkeypatch.setattr(keys, "generate", made_keys())
    world = World()
    yield world
    world.box.executor.shutdown()
