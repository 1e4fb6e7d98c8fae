"""Documents: substitution, lint, cache settings, and that the labs' own are sound."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cloud.errors import ConfigError
from labs import declare
from services.gateway import lint
from services.gateway.catalogue import read_document
from services.gateway.document import Method, compile_api
from services.gateway.services import protocol
from services.gateway.settings import from_env
from services.gateway.stage_settings import cache_settings
from services.gateway.substitution import substitute
from tests.unit.gateway.support import MOCK, document, method, protocols

OUTPUTS = {"Input": {"Ref": "stream", "Arn": "arn:stream"}}


def test_references_are_replaced_as_fn_sub_does() -> None:
    """Ref, attribute, pseudo parameters; ${!x} is literal; stage variables are API Gateway's own."""
    given = {
        "a": ["${Input} ${Input.Arn}", "${AWS::Region}/${AWS::AccountId}"],
        "b": "${!Input} ${stageVariables.x}",
        "c": 1,
    }

    assert substitute(given, OUTPUTS, "eu-west-1") == {
        "a": ["stream arn:stream", "eu-west-1/000000000000"], "b": "${Input} ${stageVariables.x}", "c": 1,
    }  # fmt: skip


def test_an_unknown_reference_is_named() -> None:
    """Except in credentials: execution roles are not assumed here."""
    with pytest.raises(ConfigError, match=r"\$\{Nothing\.Arn\}"):
        substitute({"uri": "${Nothing.Arn}"}, OUTPUTS, "us-east-1")
    assert substitute({"credentials": "${Role.Arn}"}, OUTPUTS, "us-east-1") == {"credentials": "${Role.Arn}"}


def test_the_documents_of_all_labs_pass_the_lint() -> None:
    """What a learner copies must be importable on AWS."""
    found = sorted(declare.ROOT.glob("*/api.yaml"))

    assert found
    assert {path: lint.check_file(path) for path in found} == {path: [] for path in found}


def bad(**changes: Any) -> dict[str, Any]:
    return {**document({"/x": {"get": method()}}), **changes}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (bad(openapi="3.1.0"), "3.0.x"),
        (bad(info={}), "info.title"),
        (bad(security=[]), "ignored at the root"),
        (bad(paths={"x": {"get": method()}}), "must start with /"),
        (bad(paths={"/a{b}": {"get": method()}}), "fill its whole segment"),
        (bad(paths={"/{a+}/b": {"get": method(parameters=[{"in": "path", "name": "a"}])}}), "last segment"),
        (bad(paths={"/{a}": {"get": method()}}), "path parameter a is not declared"),
        (bad(paths={"/x": {"get": {"responses": {}}}}), "no x-amazon-apigateway-integration"),
        (bad(paths={"/x": {"get": method(responses={"200": "text"})}}), "response 200 must be an object"),
        (bad(paths={"/x": {"get": method({"type": "grpc"})}}), "type grpc is not supported"),
        (bad(paths={"/x": {"get": method({"type": "http_proxy"})}}), "must be an address"),
        (bad(components={"securitySchemes": {"S": {"type": "http"}}}), "must be apiKey"),
        (bad(components={"schemas": {"a-b": {}}}), "alphanumeric"),
        (bad(components={"schemas": {"A": {"properties": {"p": {"default": 1}}}}}), "A.p: default is no keyword"),
        (bad(components={"schemas": {"A": {"items": {"exclusiveMinimum": 1}}}}), "must be true or false"),
        (bad(components={"schemas": {"A": {"type": "nonsense"}}}), "components.schemas.A"),
        (bad(components={"schemas": {"A": {"$ref": "#/components/schemas/B"}}}), "components.schemas.A"),
        ([], "no mapping"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lint_names_what_the_importer_would_refuse(given: Any, says: str) -> None:
    """One line per problem."""
    assert any(says in problem for problem in lint.check(given)), lint.check(given)


def test_check_prints_problems_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 and a good word when there are none; 2 without a file."""
    good, broken = tmp_path / "good.yaml", tmp_path / "broken.yaml"
    good.write_text(yaml.safe_dump(document({"/x": {"get": method(MOCK, responses={"200": {}})}})), encoding="utf-8")
    broken.write_text("openapi: [", encoding="utf-8")

    assert lint.main([str(good)]) == 0
    assert lint.main([str(good), str(broken), str(tmp_path / "none.yaml")]) == 1
    assert lint.main([]) == 2
    assert "broken.yaml" in capsys.readouterr().out


def test_a_document_of_more_than_6_mb_is_too_big(tmp_path: Path) -> None:
    """The importer's limit."""
    path = tmp_path / "big.yaml"
    path.write_text("# " + "x" * (6 * 1_048_576) + "\nopenapi: 3.0.1\n", encoding="utf-8")

    assert "the importer takes" in lint.check_file(path)[0]


def cached(*settings: dict[str, Any], verb: str = "GET", enabled: bool = True) -> float | None:
    api = compile_api("a", document({"/x": {verb.lower(): method()}}), protocols)
    found: Method = api.routes.all()[0]
    result = cache_settings(settings, found, enabled=enabled)
    return result.ttl if result else None


def test_method_settings_decide_what_is_cached() -> None:
    """The method's own setting wins; one for everything caches GET only; nothing without a cache cluster."""
    own = {"ResourcePath": "/x", "HttpMethod": "GET", "CachingEnabled": True, "CacheTtlInSeconds": 1}
    everything = {"ResourcePath": "/*", "HttpMethod": "*", "CachingEnabled": True}

    assert cached(own) == 1
    assert cached(everything) == 300
    assert cached(everything, {**own, "CachingEnabled": False}) is None
    assert cached(everything, verb="POST") is None
    assert cached(own, enabled=False) is None
    assert cached() is None


def test_the_lab_compiles_with_the_real_services() -> None:
    """Against botocore's own knowledge of how they are spoken to."""
    lab = read_document(declare.ROOT / "alien_attack" / "api.yaml")
    api = compile_api("alien-attack", lint._substituted(lab), protocol)

    assert {"POST /v1/updatestatus", "GET /v1/config"} <= {f"{m.verb} {m.resource_path}" for m in api.routes.all()}


def test_unknown_services_are_refused() -> None:
    """By name."""
    with pytest.raises(ConfigError, match="'nonsense'"):
        protocol("nonsense")


def test_settings_come_from_the_environment() -> None:
    """Every value has a default; a number must be one."""
    settings = from_env({"FOGBANK_GATEWAY_PORT": "1234", "FOGBANK_COALESCE_MS": "0.5", "AWS_REGION": "eu-west-1"})

    assert (settings.port, settings.coalesce_ms, settings.region, settings.bind) == (
        1234,
        0.5,
        "eu-west-1",
        "127.0.0.1",
    )
    with pytest.raises(ConfigError, match="FOGBANK_COALESCE_MS"):
        from_env({"FOGBANK_COALESCE_MS": "three"})


def test_what_tells_cached_answers_apart_is_known_when_a_document_is_loaded() -> None:
    """Parameters of the method, or of the integration by their mapping; anything else is refused."""
    mapped = {"integration.request.querystring.q": "method.request.header.X"}
    http = {"type": "http", "httpMethod": "GET", "uri": "http://x.test/", "requestParameters": mapped}
    keyed = {**http, "cacheKeyParameters": ["integration.request.querystring.q", "method.request.querystring.a"]}
    api = compile_api("a", document({"/x": {"get": method(keyed)}}), protocols)
    assert api.routes.all()[0].cache_parameters == ("method.request.header.X", "method.request.querystring.a")
    with pytest.raises(ConfigError, match="nonsense"):
        compile_api("a", document({"/x": {"get": method({**http, "cacheKeyParameters": ["nonsense"]})}}), protocols)
