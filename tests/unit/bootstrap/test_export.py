"""The exported SAM template: complete, and free of references that CloudFormation would refuse."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from bootstrap.export import TYPES, template
from labs import declare
from labs.declare import BucketDeployment, UserPoolUser

LABS = ["_template", *declare.names()]
NOT_EXPORTED = (UserPoolUser, BucketDeployment)
PSEUDO = {"AWS::Region", "AWS::AccountId", "AWS::Partition"}


def references(value: Any) -> Iterator[str]:
    """The logical ids in Ref, Fn::GetAtt and Fn::Sub."""
    if isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        if "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        if "Fn::Sub" in value:
            yield from (name.split(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)\}", value["Fn::Sub"]))
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


@pytest.mark.parametrize("lab", LABS)
def test_it_is_a_sam_template_of_all_but_demo_accounts_and_content(lab: str) -> None:
    """Every declared resource is there under its logical id, with CloudFormation's name of its type."""
    declared = declare.load(lab)
    made = template(declared)

    expected = {one.logical_id: TYPES[type(one)] for one in declared.resources if not isinstance(one, NOT_EXPORTED)}

    assert made["Transform"] == "AWS::Serverless-2016-10-31"
    assert expected.items() <= {name: one["Type"] for name, one in made["Resources"].items()}.items()


@pytest.mark.parametrize("lab", LABS)
def test_all_references_lead_somewhere_and_none_in_a_circle(lab: str) -> None:
    """CloudFormation refuses a template for either."""
    resources = template(declare.load(lab))["Resources"]
    edges = {name: set(references(one)) - PSEUDO for name, one in resources.items()}
    assert all(targets <= set(resources) for targets in edges.values())

    while edges:
        ready = {name for name, targets in edges.items() if not targets & set(edges)}
        assert ready, f"in a circle: {sorted(edges)}"
        edges = {name: targets for name, targets in edges.items() if name not in ready}


@pytest.mark.parametrize("lab", LABS)
def test_it_can_be_written_and_read_as_yaml_without_anchors(lab: str) -> None:
    """CloudFormation knows no YAML aliases."""
    made = template(declare.load(lab))
    text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True)

    assert yaml.safe_load(text) == made
    assert not any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text))


def test_names_are_sub_where_they_are_known_only_at_deployment() -> None:
    """The document's own ${...} become Fn::Sub; Velocity's $x stays as it is."""
    api = template(declare.load("alien_attack"))["Resources"]["Api"]["Properties"]["Body"]
    integration = api["paths"]["/v1/updatestatus"]["post"]["x-amazon-apigateway-integration"]

    assert integration["uri"] == {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:kinesis:action/PutRecord"}
    assert "$util.base64Encode($input.body)" in integration["requestTemplates"]["application/json"]["Fn::Sub"]


def test_functions_carry_their_settings_and_rights() -> None:
    """Environment as SAM wants it, a policy for every function that calls AWS."""
    resources = template(declare.load("alien_attack"))["Resources"]
    functions = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Serverless::Function"]

    assert all(set(one["Environment"]) == {"Variables"} for one in functions)
    without = {one["FunctionName"] for one in functions if not one.get("Policies")}
    assert without == {"AlienAttackUnknownAction"}
    assert all(one["Policies"][0]["Statement"] for one in functions if one["FunctionName"] not in without)
    assert {one["CodeUri"] for one in functions} == {"labs/"}


def test_the_user_pool_may_invoke_its_triggers_and_nothing_goes_in_a_circle() -> None:
    """The pool names the function, a permission names both; whatever names something can be created after it."""
    resources = template(declare.load("alien_attack"))["Resources"]
    permission = resources["GamersPostConfirmationPermission"]["Properties"]
    assert permission["FunctionName"] == {"Fn::GetAtt": ["PostConfirmationFn", "Arn"]}
    assert permission["SourceArn"] == {"Fn::GetAtt": ["Gamers", "Arn"]}

    waiting = {name: set(references(one)) & set(resources) for name, one in resources.items()}
    while ready := {name for name, others in waiting.items() if not others}:
        waiting = {name: others - ready for name, others in waiting.items() if name not in ready}
    assert waiting == {}
