"""References: order, and what they stand for."""

import random

import pytest

from bootstrap.resolve import Place, in_order, references, resolved
from cloud.errors import ConfigError
from labs import declare
from labs.declare import EventSourceMapping, Function, GetAtt, Lab, Parameter, Ref, Resource, Stream, Sub, Value

PLACE = Place("eu-west-1")
KNOWN = {"Input": {"Ref": "TheInput", "Arn": "arn:of:input"}, "Fn": {"Ref": "TheFn"}}


def lab(*resources: Resource) -> Lab:
    """A lab of these resources."""
    return Lab("x", "x", resources)


def parameter(logical_id: str, value: Value) -> Parameter:
    """A parameter, the simplest thing that has a value."""
    return Parameter(logical_id, Name=f"/{logical_id}", Value=value)


def value(wanted: Value) -> str:
    """What a declared value stands for."""
    return str(resolved(parameter("P", wanted), KNOWN, PLACE).Value)


def test_references_stand_for_names_attributes_and_text() -> None:
    """Ref, GetAtt, and Sub with both and the pseudo parameters; plain text stays."""
    assert value(Ref("Input")) == "TheInput"
    assert value(GetAtt("Input", "Arn")) == "arn:of:input"
    assert value(Sub("${Input}/${Input.Arn}/${AWS::Region}/${AWS::AccountId}")) == (
        "TheInput/arn:of:input/eu-west-1/000000000000"
    )
    assert value("${Input}") == "${Input}"


def test_a_literal_placeholder_is_written_with_an_exclamation_mark() -> None:
    """As in CloudFormation: ${!Name} becomes ${Name}."""
    assert value(Sub("${!Input} ${Input} $input.path('$.x')")) == "${Input} TheInput $input.path('$.x')"


def test_references_are_found_at_any_depth() -> None:
    """In mappings, in tuples, in both."""
    mapping = EventSourceMapping(
        "M",
        FunctionName=Ref("Fn"),
        EventSourceArn="arn",
        DestinationConfig={"OnFailure": {"Destination": GetAtt("Input", "Arn")}},
    )

    assert references(mapping) == {"Fn", "Input"}
    assert resolved(mapping, KNOWN, PLACE).DestinationConfig == {"OnFailure": {"Destination": "arn:of:input"}}


def test_an_attribute_that_is_not_there_is_named() -> None:
    """With those that are."""
    with pytest.raises(ConfigError, match="Input has no attribute Url; it has Ref, Arn"):
        value(GetAtt("Input", "Url"))


def test_each_comes_after_what_it_refers_to_and_otherwise_as_declared() -> None:
    """A function that names a stream declared later waits for it; nothing else moves."""
    stream = Stream("Input", Name="i")
    function = Function("Fn", FunctionName="f", Handler="h", Environment={"STREAM": Ref("Input")})
    first, last = parameter("A", "1"), parameter("Z", "2")

    order = in_order(lab(first, function, last, stream))

    assert [one.logical_id for one in order] == ["A", "Z", "Input", "Fn"]


def test_the_order_holds_for_every_lab_however_it_is_shuffled() -> None:
    """All references point back."""
    for name in ["_template", *declare.names()]:
        resources = list(declare.load(name).resources)
        random.Random(1).shuffle(resources)
        seen: set[str] = set()
        for one in in_order(lab(*resources)):
            assert references(one) <= seen
            seen.add(one.logical_id)


def test_a_circle_is_an_error_that_names_it() -> None:
    """It would wait for ever."""
    with pytest.raises(ConfigError, match="circle: A, B"):
        in_order(lab(parameter("A", Ref("B")), parameter("B", Ref("A"))))


def test_what_is_not_declared_is_an_error() -> None:
    """A name that is misspelt is found before anything is created."""
    with pytest.raises(ConfigError, match="A refers to Bee"):
        in_order(lab(parameter("A", Ref("Bee"))))


def test_a_logical_id_is_declared_once() -> None:
    """Else one would hide the other."""
    with pytest.raises(ConfigError, match="declared twice: A"):
        in_order(lab(parameter("A", "1"), parameter("A", "2")))
