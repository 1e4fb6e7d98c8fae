"""Shard iterators hold their position themselves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.errors import AwsError
from services.emulator.iterators import LIFETIME, Iterator, decode, encode
from services.emulator.sequence import OLDEST

PLACE = Iterator("stream", 1_700_000_000_123, "shardId-000000000001", OLDEST, 1000.0)


def test_an_iterator_comes_back_as_it_was_given_out() -> None:
    """And is no longer than AWS's 512 characters, with the longest name of a stream."""
    longest = Iterator("x" * 128, PLACE.created, PLACE.shard, "9" * 56, 1000.5)

    assert decode(encode(PLACE), 1000.0) == PLACE
    assert decode(encode(longest), 1000.5) == longest
    assert len(encode(longest)) <= 512


def test_an_iterator_expires_after_five_minutes() -> None:
    """ExpiredIteratorException, in AWS's words."""
    assert decode(encode(PLACE), 1000.0 + LIFETIME) == PLACE
    with pytest.raises(AwsError, match=r"ExpiredIteratorException: Iterator expired\. .* 300000 milliseconds"):
        decode(encode(PLACE), 1001.0 + LIFETIME)


@given(st.one_of(st.text(), st.none(), st.integers(), st.binary().map(lambda b: b.decode("latin-1"))))
@settings(deadline=None)
def test_anything_else_is_invalid(text: object) -> None:
    """InvalidArgumentException, never another error."""
    with pytest.raises(AwsError, match="InvalidArgumentException"):
        decode(text, 1000.0)
