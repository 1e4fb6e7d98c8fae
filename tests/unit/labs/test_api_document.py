"""Every lab's API document keeps to what real API Gateway imports, and refers only to what its lab declares.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-rest-apis
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from labs import declare
from labs.declare import Function, RestApi

LABS = [lab for lab in ["_template", *declare.names()] if any(declare.load(lab).of(RestApi))]
VERBS = {"get", "post", "put", "patch", "delete", "head", "options"}
NOT_IN_DRAFT_4 = {"default", "readOnly", "discriminator", "example", "nullable", "oneOf"}
CORS = "method.response.header.Access-Control-Allow-Origin"
INTEGRATION = "x-amazon-apigateway-integration"


def text(lab: str) -> str:
    """A lab's document as it is written."""
    declared = declare.load(lab)
    (api,) = declared.of(RestApi)
    return (declare.ROOT / lab / api.Body).read_text()


def operations(lab: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, verb and operation of every method."""
    for path, methods in yaml.safe_load(text(lab))["paths"].items():
        for verb, operation in methods.items():
            yield path, verb, operation


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value, however deep."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key, part
            yield from walk(part)
    elif isinstance(value, list):
        for part in value:
            yield from walk(part)


@pytest.mark.parametrize("lab", LABS)
def test_the_document_is_openapi_30_with_a_description_and_without_aliases(lab: str) -> None:
    """API Gateway imports 3.0.x; importers want the description; CloudFormation knows no YAML anchors."""
    document = yaml.safe_load(text(lab))

    assert document["openapi"].startswith("3.0.")
    assert document["info"]["description"]
    assert "security" not in document
    assert not any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text(lab)))


@pytest.mark.parametrize("lab", LABS)
def test_what_it_refers_to_is_declared(lab: str) -> None:
    """${LogicalId}, ${LogicalId.Arn}, ${AWS::Region}, ${AWS::AccountId}; nothing else may stand in ${...}."""
    named = {name.split(".")[0] for name in re.findall(r"\$\{([^}]*)\}", text(lab))}

    declared = {resource.logical_id for resource in declare.load(lab).resources}

    assert named - {"AWS::Region", "AWS::AccountId"} <= declared


@pytest.mark.parametrize("lab", LABS)
def test_every_path_answers_a_browsers_question_for_all_its_verbs(lab: str) -> None:
    """OPTIONS is a MOCK that needs no token, allows any origin and names the path's verbs."""
    verbs: dict[str, set[str]] = {}
    for path, verb, _ in operations(lab):
        verbs.setdefault(path, set()).add(verb.upper())
    for path, verb, operation in operations(lab):
        if verb == "options":
            headers = operation[INTEGRATION]["responses"]["default"]["responseParameters"]
            assert operation[INTEGRATION]["type"] == "mock"
            assert "security" not in operation
            assert headers[CORS] == "'*'"
            allowed = headers["method.response.header.Access-Control-Allow-Methods"].strip("'").split(",")
            assert set(allowed) == verbs[path]
            assert headers["method.response.header.Access-Control-Max-Age"] == "'7200'"
    assert all("OPTIONS" in those for those in verbs.values())


@pytest.mark.parametrize("lab", LABS)
def test_every_method_is_complete(lab: str) -> None:
    """A verb, an integration that is called by POST, answers whose headers the method declares."""
    for path, verb, operation in operations(lab):
        integration = operation[INTEGRATION]
        assert verb in VERBS
        assert integration["type"] == "mock" or integration["httpMethod"] == "POST", path
        assert integration["type"] == "mock" or integration["credentials"], path
        for answer in integration.get("responses", {}).values():
            declared = operation["responses"][answer["statusCode"]].get("headers", {})
            mapped = {name.rsplit(".", 1)[-1] for name in answer["responseParameters"]}
            assert mapped <= set(declared), path
            assert "Access-Control-Allow-Origin" in mapped, path


@pytest.mark.parametrize("lab", LABS)
def test_errors_of_a_service_are_errors_of_the_api(lab: str) -> None:
    """Without a pattern for them API Gateway answers 200 with the error in the body."""
    for path, _, operation in operations(lab):
        integration = operation[INTEGRATION]
        if integration["type"] != "aws":
            continue
        patterns = {pattern: answer["statusCode"] for pattern, answer in integration["responses"].items()}
        for status in ("400", "404", "500", "503"):
            chosen = [code for pattern, code in patterns.items() if re.fullmatch(pattern, status)]
            assert chosen, f"{path}: nothing for {status}"
            assert chosen[0][0] in "45", path


@pytest.mark.parametrize("lab", LABS)
def test_models_are_draft_4_of_names_that_api_gateway_takes(lab: str) -> None:
    """Alphanumeric names, no keyword of later drafts or of OpenAPI alone."""
    schemas = yaml.safe_load(text(lab)).get("components", {}).get("schemas", {})

    assert all(re.fullmatch("[A-Za-z0-9]+", name) for name in schemas)
    assert not {key for key, _ in walk(schemas)} & NOT_IN_DRAFT_4
    for key, value in walk(schemas):
        assert not (key in {"exclusiveMinimum", "exclusiveMaximum"} and not isinstance(value, bool))


@pytest.mark.parametrize("lab", LABS)
def test_schemas_and_authorizers_that_are_used_exist(lab: str) -> None:
    """$ref leads to a schema, security to a scheme, a scheme is an apiKey in a header."""
    document = yaml.safe_load(text(lab))
    components = document.get("components", {})
    refs = {value.rsplit("/", 1)[-1] for key, value in walk(document) if key == "$ref"}
    used = {name for key, value in walk(document["paths"]) if key == "security" for one in value for name in one}
    schemes = components.get("securitySchemes", {})

    assert refs <= set(components.get("schemas", {}))
    assert used <= set(schemes)
    assert all((one["type"], one["in"]) == ("apiKey", "header") for one in schemes.values())


@pytest.mark.parametrize("lab", LABS)
def test_functions_that_are_called_are_declared_as_functions(lab: str) -> None:
    """The URI of a proxy integration names a Function's Arn."""
    uris = [operation[INTEGRATION].get("uri", "") for _, _, operation in operations(lab)]
    called = {found[1] for uri in uris if (found := re.search(r"functions/\$\{(\w+)\.Arn\}/invocations", uri))}

    assert called <= {function.logical_id for function in declare.load(lab).of(Function)}


def test_all_routes_of_alien_attack_but_three_want_a_token() -> None:
    """Config is what a page must know before anybody signed in; the projector has a code; the time is no secret."""
    open_to_all = {
        path for path, verb, one in operations("alien_attack") if verb != "options" and "security" not in one
    }

    assert open_to_all == {"/v1/config", "/v1/board", "/v1/time"}
