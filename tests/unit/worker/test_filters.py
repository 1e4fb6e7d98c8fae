"""Filter criteria: the operators with what AWS was seen to answer, and what a filter sees of a record."""

import base64
import json
from typing import Any

import pytest

from services.worker.polling.filters import criteria
from services.worker.polling.filters.matchers import InvalidPattern
from services.worker.polling.filters.pattern import compiled
from services.worker.polling.record import Record


def fits(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    return compiled(json.dumps(pattern))(event)


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("red", "red", True),
        ("red", "Red", False),
        (300, 300.0, True),
        (300, "300", False),
        ("300", 300, False),
        (True, True, True),
        (True, 1, False),
        (1, True, False),
        (None, None, True),
        (None, "null", False),
        (None, [], False),
        ("red", ["blue", "red"], True),
        ("red", ["blue", ["red"]], True),
        ({"prefix": "us-"}, "us-east-1", True),
        ({"prefix": "us-"}, "eu-us-", False),
        ({"prefix": ""}, "anything", True),
        ({"prefix": "1"}, 12, False),
        ({"prefix": {"equals-ignore-case": "US-"}}, "us-east-1", True),
        ({"suffix": ".png"}, "a.png", True),
        ({"suffix": {"equals-ignore-case": ".PNG"}}, "a.png", True),
        ({"equals-ignore-case": "ALICE"}, "alice", True),
        ({"equals-ignore-case": ""}, "alice", False),
        ({"anything-but": "x"}, "y", True),
        ({"anything-but": "x"}, "x", False),
        ({"anything-but": "x"}, None, True),
        ({"anything-but": ["x", "y"]}, "y", False),
        ({"anything-but": [1, 2]}, 3, True),
        ({"anything-but": {"prefix": "x"}}, "xy", False),
        ({"anything-but": {"prefix": ["x", "z"]}}, "zy", False),
        ({"anything-but": {"suffix": "y"}}, "xy", False),
        ({"anything-but": {"wildcard": "*a*"}}, "cat", False),
        ({"anything-but": {"equals-ignore-case": ["A", "b"]}}, "B", False),
        ({"anything-but": {"equals-ignore-case": "a"}}, "c", True),
        ({"numeric": [">", 100]}, 101.0, True),
        ({"numeric": [">", 100]}, "300", False),
        ({"numeric": [">", 100]}, True, False),
        ({"numeric": [">", 0, "<=", 5]}, 5, True),
        ({"numeric": [">", 0, "<=", 5]}, 0, False),
        ({"numeric": ["=", 3e1]}, 30, True),
        ({"exists": True}, "x", True),
        ({"exists": True}, None, True),
        ({"exists": True}, {"S": "x"}, False),
        ({"exists": False}, {"S": "x"}, True),
        ({"exists": False}, "x", False),
        ({"wildcard": "*"}, "", True),
        ({"wildcard": "a*c"}, "ac", True),
        ({"wildcard": "a*c"}, "abbc", True),
        ({"wildcard": "a*c"}, "abb", False),
        ({"wildcard": "a\\*c"}, "a*c", True),
        ({"wildcard": "a\\*c"}, "abc", False),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.200", True),
        ({"cidr": "10.0.0.0/24"}, "10.0.1.1", False),
        ({"cidr": "10.0.0.0/24"}, "nobody", False),
    ],
)
def test_a_condition_fits_what_it_fits_on_aws(condition: Any, value: Any, expected: bool) -> None:
    """The vectors recorded on EventBridge, whose grammar it is, and the documented examples."""
    assert fits({"key": [condition]}, {"key": value}) is expected


def test_what_is_missing_fits_only_its_absence() -> None:
    """anything-but needs a value; exists false also fits where the parent is missing."""
    assert not fits({"key": [{"anything-but": "x"}]}, {})
    assert not fits({"key": ["x"]}, {})
    assert fits({"a": {"b": [{"exists": False}, {"anything-but": "x"}]}}, {})
    assert fits({"a": {"b": [{"exists": False}]}}, {"a": 5})


def test_keys_are_all_needed_and_values_are_alternatives() -> None:
    """AND over keys, OR over an array and over $or."""
    pattern = {"a": ["1", "2"], "b": {"c": [3]}}

    assert fits(pattern, {"a": "2", "b": {"c": 3}, "d": 1})
    assert not fits(pattern, {"a": "2"})
    assert fits({"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}, {"b": 2, "c": 3})
    assert not fits({"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}, {"c": 3})


def test_one_object_of_an_array_must_fit_wholly() -> None:
    """Keys are not put together from several objects."""
    event = {"list": [{"a": 1, "b": 1}, {"a": 2, "b": 2}]}

    assert fits({"list": {"a": [2], "b": [2]}}, event)
    assert not fits({"list": {"a": [1], "b": [2]}}, event)


def test_of_a_key_given_twice_the_last_counts() -> None:
    """As JSON parsers do."""
    assert compiled('{"a": ["x"], "a": ["y"]}')({"a": "y"})


@pytest.mark.parametrize(
    "pattern",
    [
        "simple string",
        '"text"',
        "[]",
        "null",
        '{"a": ',
        '{"a": NaN}',
        '{"a": "aws:sqs"}',
        '{"a": []}',
        '{"a": {}}',
        '{"a": [["x"]]}',
        '{"a": [{"prefix": ["x"]}]}',
        '{"a": [{"prefix": 5}]}',
        '{"a": [{"numeric": [">", 0, ">", 0]}]}',
        '{"a": [{"numeric": [">", 5, "<", 0]}]}',
        '{"a": [{"numeric": [">"]}]}',
        '{"a": [{"numeric": [">", "5"]}]}',
        '{"a": [{"exists": "yes"}]}',
        '{"a": [{"wildcard": "a**b"}]}',
        '{"a": [{"wildcard": "a\\\\b"}]}',
        '{"a": [{"cidr": "10.0.0.0/99"}]}',
        '{"a": [{"anything-but": []}]}',
        '{"a": [{"anything-but": ["x", 1]}]}',
        '{"a": [{"anything-but": {"numeric": [">", 1]}}]}',
        '{"a": [{"unknown": 1}]}',
        '{"a": [{"prefix": "x", "suffix": "y"}]}',
        '{"$or": [{"a": [1]}]}',
        "[" * 100_000,
    ],
)
def test_a_pattern_that_makes_no_sense_is_none(pattern: str) -> None:
    """Leaves that are no arrays, empty ones, unknown operators, and arguments of the wrong kind."""
    with pytest.raises(InvalidPattern):
        compiled(pattern)


@pytest.mark.parametrize("filters", [[{"Pattern": None}], [{}], [{"Pattern": "x" * 4097}], [{"Pattern": '{"a":1}'}]])
def test_a_filter_needs_a_pattern_of_bearable_length(filters: list[Any]) -> None:
    """4096 characters at most."""
    with pytest.raises(InvalidPattern):
        criteria.check(filters)


def kinesis(data: bytes, key: str = "k") -> Record:
    event = {
        "kinesis": {"partitionKey": key, "sequenceNumber": "1", "data": base64.b64encode(data).decode()},
        "eventSource": "aws:kinesis",
        "eventID": "shardId-0:1",
    }
    return Record("1", 0.0, event)


def message(body: str, **more: Any) -> Record:
    return Record("m", 0.0, {"messageId": "m", "body": body, "eventSource": "aws:sqs", **more})


def change(**images: Any) -> Record:
    event = {"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": {"Keys": {"id": {"S": "1"}}, **images}}
    return Record("1", 0.0, event)


def passes(record: Record, *patterns: Any) -> bool:
    filters = [{"Pattern": pattern if isinstance(pattern, str) else json.dumps(pattern)} for pattern in patterns]
    return criteria.passing({"FilterCriteria": {"Filters": filters}}, [record]) == (record,)


def test_without_filters_everything_passes() -> None:
    """No criteria, or none in them."""
    assert criteria.passing({}, [message("x")]) == (message("x"),)
    assert passes(message("x"))


def test_filters_are_alternatives() -> None:
    """A record passes when one of them fits."""
    assert passes(message('{"a": 1}'), {"body": {"a": [2]}}, {"body": {"a": [1]}})
    assert not passes(message('{"a": 1}'), {"body": {"a": [2]}}, {"body": {"a": [3]}})


def test_the_data_of_a_kinesis_record_is_decoded() -> None:
    """data is the JSON in it, metadata are its siblings, and the nested form does not exist."""
    record = kinesis(b'{"event_type":"function_1","message":"foo"}', key="ada")

    assert passes(record, {"data": {"event_type": ["function_1"]}})
    assert passes(record, {"partitionKey": ["ada"], "data": {"message": ["foo"]}})
    assert passes(record, {"eventSource": ["aws:kinesis"]})
    assert not passes(record, {"data": {"event_type": ["function_2"]}})
    assert not passes(record, {"kinesis": {"partitionKey": ["ada"]}})


def test_kinesis_data_that_is_no_json_passes_only_filters_on_metadata() -> None:
    """A filter on data drops it, whatever it asks for."""
    for data in (b"plain", b"\xff\xfe", b"[" * 100_000):
        assert not passes(kinesis(data), {"data": {"a": [{"exists": False}]}})
        assert passes(kinesis(data), {"partitionKey": ["k"]})
        assert passes(kinesis(data), {"$or": [{"data": {"a": [1]}}, {"partitionKey": ["k"]}]})
        assert not passes(kinesis(data), {"$or": [{"data": {"a": [{"exists": False}]}}, {"partitionKey": ["x"]}]})
        assert not passes(kinesis(data), {"$or": [{"data": [{"exists": False}]}, {"partitionKey": ["x"]}]})


@pytest.mark.parametrize(
    ("body", "pattern", "expected"),
    [
        ('{"city": "Seattle"}', {"body": {"city": ["Seattle"]}}, True),
        ('{"city": "Bombay"}', {"body": {"city": ["Seattle"]}}, False),
        ("Seattle", {"body": {"city": ["Seattle"]}}, False),
        ("Seattle", {"body": {"city": [{"exists": False}]}}, False),
        ("Seattle", {"$or": [{"body": {"city": [{"exists": False}]}}, {"messageId": ["n"]}]}, False),
        ("{}", {"body": {"city": [{"exists": False}]}}, True),
        ('{"city": "Seattle"}', {"body": ['{"city": "Seattle"}']}, False),
        ("Seattle", {"body": ["Seattle"]}, True),
        ("Bombay", {"body": ["Seattle"]}, False),
        ("Seattle", {"messageId": ["m"]}, True),
        ('{"city": "Seattle"}', {"messageId": ["m"]}, True),
    ],
)
def test_the_body_of_a_message_and_the_pattern_must_be_of_one_kind(body: str, pattern: Any, expected: bool) -> None:
    """The documented table: JSON with JSON, text with text, and either where the body does not matter."""
    assert passes(message(body), pattern) is expected


@pytest.mark.parametrize(
    ("image", "pattern", "expected"),
    [
        ({"presentKey": {"S": "presentValue"}}, {"presentKey": {"S": ["presentValue"]}}, True),
        ({}, {"presentKey": {"S": ["presentValue"]}}, False),
        ({"presentKey": {"S": "x"}}, {"presentKey": {"S": [{"exists": True}]}}, True),
        ({}, {"presentKey": {"S": [{"exists": True}]}}, False),
        ({"presentKey": {"S": "x"}}, {"presentKey": [{"exists": False}]}, True),
        ({"n": {"N": "42"}}, {"n": {"N": [{"numeric": [">", 100]}, {"anything-but": "101"}]}}, True),
        ({"n": {"N": "101"}}, {"n": {"N": [{"numeric": [">", 100]}, {"anything-but": "101"}]}}, False),
        ({"prefix": {"S": "us-1-testtest"}}, {"prefix": {"S": [{"prefix": "us-1"}]}}, True),
        ({}, {"prefix": {"S": [{"prefix": "us-1"}]}}, False),
    ],
)
def test_images_are_seen_with_their_types(image: Any, pattern: Any, expected: bool) -> None:
    """The table recorded on DynamoDB streams: numbers are text there, and an attribute is an object, no value."""
    assert passes(change(NewImage=image), {"dynamodb": {"NewImage": pattern}}) is expected


def test_the_creation_time_is_a_number() -> None:
    """A numeric filter on it fits every record."""
    assert passes(
        change(ApproximateCreationDateTime=1789651658.0),
        {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", 0]}]}},
    )
