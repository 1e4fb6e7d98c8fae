"""The response cache: for how long, and how much."""

from services.gateway.cache import MAX_BYTES, MAX_ENTRIES, MAX_RESPONSE, ResponseCache
from services.gateway.messages import Response
from tests.unit.gateway.support import Clock


def response(size: int) -> Response:
    return Response(200, [], b"x" * size)


def test_an_answer_is_kept_for_its_time_unless_it_is_too_large() -> None:
    """AWS keeps 1,048,576 bytes of one at most."""
    clock = Clock()
    cache = ResponseCache(clock)
    cache.put(("a",), response(MAX_RESPONSE), 10)
    cache.put(("b",), response(MAX_RESPONSE + 1), 10)

    assert cache.get(("a",)) is not None
    assert cache.get(("b",)) is None
    clock.now += 10
    assert cache.get(("a",)) is None


def test_a_cache_is_full_of_bytes_or_of_entries() -> None:
    """What is stale goes first, then everything; an answer that is kept anew counts once."""
    clock = Clock()
    cache, whole, most = ResponseCache(clock), response(MAX_RESPONSE), MAX_BYTES // MAX_RESPONSE
    for _ in range(most + 1):
        cache.put(("again",), whole, 5)
    for number in range(most - 1):
        cache.put((str(number),), whole, 10)
    assert cache.get(("again",)) is not None
    clock.now += 5
    cache.put(("new",), whole, 10)
    assert cache.get(("0",)) is not None
    cache.put(("newer",), whole, 10)
    assert [cache.get((name,)) is not None for name in ("0", "new", "newer")] == [False, False, True]

    for number in range(MAX_ENTRIES):
        cache.put((str(number),), response(0), 10)
    assert [cache.get((name,)) is not None for name in ("newer", "0", str(MAX_ENTRIES - 1))] == [False, False, True]
