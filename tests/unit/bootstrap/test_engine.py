"""The engine: what is done, in which order, and what happens when something fails."""

from collections.abc import Iterator

import pytest

from bootstrap import ssm
from bootstrap.engine import CHANGE, CREATE, DELETE, KEEP, Failed, Step
from bootstrap.resolve import Known
from cloud.errors import Unavailable
from labs.declare import GetAtt, Lab, Queue, Ref, Resource
from tests.unit.bootstrap.world import World, bucket, parameter, stream


@pytest.fixture(autouse=True)
def outputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Known]:
    """The outputs that were written, in place of Systems Manager's."""
    written: dict[str, Known] = {}
    monkeypatch.setattr(ssm, "outputs", lambda lab: "{}" if lab.name in written else None)
    monkeypatch.setattr(ssm, "write_outputs", lambda lab, known: written.update({lab.name: known}))
    monkeypatch.setattr(ssm, "delete_outputs", lambda lab: written.pop(lab.name, None))
    return written


def lab(*resources: Resource) -> Lab:
    """A lab of these resources."""
    return Lab("x", "about x", resources)


LAB = lab(parameter("Last", Ref("Input")), stream("Input"), bucket("Raw"))


def actions(steps: Iterator[Step]) -> dict[str, str]:
    """Logical id -> action."""
    return {step.resource.logical_id: step.action for step in steps}


def test_an_empty_world_gets_everything_and_the_outputs_last(outputs: dict[str, Known]) -> None:
    """What refers comes after what it refers to; the outputs hold all."""
    world, steps = World(), list[Step]()

    world.engine.apply(LAB, steps.append)

    assert world.things.calls == [("put", "Input"), ("put", "Last")]
    assert {step.action for step in steps} == {CREATE}
    assert outputs["x"]["Last"] == {"Ref": "input"}


def test_applying_again_does_nothing() -> None:
    """Everything is kept, nothing is called."""
    world, steps = World(), list[Step]()
    engine = world.engine
    engine.apply(LAB, lambda _: None)
    world.things.calls.clear()

    engine.apply(LAB, steps.append)

    assert world.things.calls == []
    assert {step.action for step in steps} == {KEEP}


def test_only_what_differs_is_changed() -> None:
    """And the plan says how."""
    world = World()
    engine = world.engine
    engine.apply(LAB, lambda _: None)
    world.things.there["Last"] = "otherwise"

    plan = {step.resource.logical_id: step for step in engine.plan(LAB)}
    engine.apply(LAB, lambda _: None)

    assert plan["Last"] == Step(CHANGE, LAB["Last"], ("Value is 'otherwise', declared 'input'",))
    assert {plan["Input"].action, plan["Raw"].action} == {KEEP}
    assert world.things.there["Last"] == "input"


def test_a_plan_changes_nothing_and_says_what_waits_for_what() -> None:
    """On an empty world all is to be created."""
    world = World()

    steps = {step.resource.logical_id: step for step in world.engine.plan(LAB)}

    assert {step.action for step in steps.values()} == {CREATE}
    assert steps["Last"].notes == ("after Input",)
    assert world.things.calls == []


def test_a_resource_that_fails_is_named_and_no_outputs_are_written(outputs: dict[str, Known]) -> None:
    """What was created stays for the next attempt; what depends on the failed one is not tried."""
    world = World()
    world.things.broken = {"Input"}

    with pytest.raises(Failed, match="Stream Input: it is broken"):
        world.engine.apply(LAB, lambda _: None)

    assert outputs == {}
    assert world.things.calls == [("put", "Input")]


def test_what_is_destroyed_goes_in_reverse_and_what_is_gone_is_no_error(outputs: dict[str, Known]) -> None:
    """The outputs first of all; twice is as good as once."""
    world, steps = World(), list[Step]()
    engine = world.engine
    engine.apply(LAB, lambda _: None)
    world.things.calls.clear()

    engine.destroy(LAB, steps.append)
    engine.destroy(LAB, steps.append)

    assert world.things.calls == [("delete", "Last"), ("delete", "Input")]
    assert actions(iter(steps)) == {"Last": DELETE, "Raw": DELETE, "Input": DELETE}
    assert outputs == {}


def test_a_set_stop_ends_an_apply_before_anything_new_is_begun(outputs: dict[str, Known]) -> None:
    """And no outputs are written: the lab is not complete."""
    world = World()
    world.stop.set()

    with pytest.raises(Unavailable, match="stopped"):
        world.engine.apply(LAB, lambda _: None)

    assert (world.things.calls, outputs) == ([], {})


def test_what_bootstrap_cannot_create_is_an_error() -> None:
    """A kind that is declared but not in the table."""
    with pytest.raises(Failed, match="Q: bootstrap creates no Queue"):
        World().engine.apply(lab(Queue("Q", QueueName="q")), lambda _: None)


def test_a_look_sees_what_an_emulator_forgot(outputs: dict[str, Known]) -> None:
    """The outputs, and the first resource of every service."""
    world = World()
    engine = world.engine
    known = engine.apply(LAB, lambda _: None)
    assert engine.missing(LAB, known) == []

    world.things.there.clear()
    outputs.clear()

    assert engine.missing(LAB, known) == ["/fogbank/x/outputs", "Parameter Last"]


def test_an_attribute_of_something_without_it_is_an_error() -> None:
    """Found when the resource is there, before the one that refers to it is called."""
    with pytest.raises(Exception, match="Input has no attribute Arn"):
        World().engine.apply(lab(stream("Input"), parameter("P", GetAtt("Input", "Arn"))), lambda _: None)
