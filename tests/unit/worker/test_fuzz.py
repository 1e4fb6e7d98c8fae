"""Whatever is sent as a filter's pattern, as an event, or as an aggregate: an answer or a refusal, never a crash."""

import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.aggregate import aggregated
from services.worker.polling.aggregation import MAGIC, unpacked
from services.worker.polling.filters import criteria
from services.worker.polling.filters.matchers import InvalidPattern, matcher
from services.worker.polling.filters.pattern import DEEPEST, compiled

FIXED = settings(max_examples=200, deadline=None, derandomize=True, database=None)
ALL = (0, 2**128 - 1)
KEYS = st.sampled_from(["a", "b", "data", "$or"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
OPERATORS = st.sampled_from(
    ["prefix", "suffix", "wildcard", "equals-ignore-case", "numeric", "exists", "cidr", "anything-but", "other"]
)
ARGUMENTS = st.recursive(
    SCALARS
    | st.sampled_from(["10.0.0.0/8", "a*b", "\\"])
    | st.lists(SCALARS | st.sampled_from([">", "<="]), max_size=4),
    lambda inner: st.dictionaries(OPERATORS, inner, max_size=2),
    max_leaves=4,
)
LEAVES = st.lists(SCALARS | st.dictionaries(OPERATORS, ARGUMENTS, min_size=1, max_size=2), min_size=1, max_size=3)
PATTERNS = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.recursive(
    SCALARS, lambda inner: st.dictionaries(KEYS, inner, max_size=3) | st.lists(inner, max_size=3), max_leaves=8
)


@FIXED
@given(st.text(max_size=200))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    """InvalidPattern, which Lambda's error is made of, and nothing else."""
    try:
        criteria.check([{"Pattern": text}])
    except InvalidPattern:
        return
    assert isinstance(json.loads(text), dict)


@FIXED
@given(st.dictionaries(KEYS, PATTERNS, max_size=3), st.lists(EVENTS, min_size=1, max_size=4))
def test_a_pattern_that_is_taken_says_yes_or_no_to_any_event(pattern: Any, events: list[Any]) -> None:
    """What compiles never fails on data, of whatever types they are."""
    try:
        fits = compiled(json.dumps(pattern))
    except InvalidPattern:
        return
    assert {fits(event) for event in events} <= {True, False}


@FIXED
@given(st.lists(st.text("ab.\n", max_size=2), min_size=1, max_size=5), st.text("ab.\n", max_size=8))
def test_a_wildcard_fits_what_the_regular_expression_fits(pieces: list[str], value: str) -> None:
    """Looking for one piece after the other is the same as trying every way to divide the value."""
    pattern = re.sub(r"\*+", "*", "*".join(pieces))
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), value, re.DOTALL)

    assert matcher({"wildcard": pattern})(value) is (expected is not None)


def test_a_wildcard_of_many_asterisks_takes_one_pass() -> None:
    """A megabyte is looked at in no time; trying every division of it would not end."""
    fits = matcher({"wildcard": "*a" * 50 + "*b*c"})

    assert fits("a" * 1_000_000 + "c") is False
    assert fits("a" * 1_000_000 + "bc") is True


@pytest.mark.parametrize(("levels", "taken"), [(DEEPEST, True), (DEEPEST + 1, False), (680, False)])
def test_a_pattern_that_is_too_deep_is_refused(levels: int, taken: bool) -> None:
    """One that Python's stack would not bear, which fits into 4,096 characters; what is just taken is also tested."""
    around = levels - 1  # the innermost level is the array of conditions
    pattern, event = '{"a":' * around + '["x"]' + "}" * around, json.loads('{"a":' * around + '"x"' + "}" * around)
    try:
        criteria.check([{"Pattern": pattern}])
    except InvalidPattern:
        assert not taken
    else:
        assert taken
        assert compiled(pattern)(event) is True


@FIXED
@given(st.binary(max_size=200))
def test_any_bytes_with_a_good_digest_are_an_aggregate_or_none(body: bytes) -> None:
    """The digest says nothing about the message in it: whoever made it can make any."""
    records = unpacked(MAGIC + body + hashlib.md5(body).digest(), ALL)

    assert records is None or all(ALL[0] <= record.hash_key <= ALL[1] for record in records)


@FIXED
@given(st.data())
def test_an_aggregate_that_was_changed_is_an_aggregate_or_none(data: st.DataObject) -> None:
    """A byte of a good message replaced, taken out or put in, under a digest that fits."""
    blob = aggregated("key", [b"one", b"two", b"three"])
    body = bytearray(blob[len(MAGIC) : -16])
    at = data.draw(st.integers(0, len(body) - 1))
    body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    records = unpacked(MAGIC + bytes(body) + hashlib.md5(body).digest(), ALL)

    assert unpacked(MAGIC + bytes(body) + blob[-16:], ALL) is None or bytes(body) == blob[len(MAGIC) : -16]
    assert records is None or all(isinstance(record.data, bytes) for record in records)
