"""`check` over documents as other people export them, and what it says of those that cannot be served."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.errors import ConfigError
from services.gateway import lint
from services.gateway.catalogue import read_document
from services.gateway.document import compile_api
from services.gateway.located import Lines
from services.gateway.messages import HttpCall, Reply
from services.gateway.services import protocol
from services.gateway.swagger import upgraded
from tests.unit.gateway.support import Gateway, document, method

DOCUMENTS = Path(__file__).resolve().parents[2] / "documents"
PETS, ORDERS, REFUSED = (
    DOCUMENTS / name for name in ("petstore-swagger.json", "orders-oas30.yaml", "refused-oas30.yaml")
)


@pytest.mark.parametrize("path", [PETS, ORDERS], ids=lambda path: path.name)
def test_exported_documents_are_served(path: Path) -> None:
    """Swagger 2.0 with all extensions; OpenAPI 3.0.1 with services, binary types, a policy, overrides."""
    assert lint.check_file(path) == []
    assert compile_api("exported", read_document(path), protocol).routes.all()


def test_what_cannot_be_served_is_said_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Path, line, error or warning; exit code 1."""
    assert lint.main([str(REFUSED)]) == 1
    said = [re.sub(r"^.*?refused-oas30\.yaml:", "", line) for line in capsys.readouterr().out.splitlines()]
    places = {int(line.split(":")[0]): line.split(": ", 1)[1] for line in said}
    lines = REFUSED.read_text(encoding="utf-8").splitlines()

    for number, starts in (
        (lines.index("security:") + 1, "warning: security: ignored"),
        (lines.index("  /private:") + 2, "error: GET /private: connectionType VPC_LINK is not supported"),
        (lines.index("  /slow:") + 2, "error: GET /slow: timeoutInMillis must be 50 to 29000"),
        (lines.index('            statusCode: "404"'), "error: GET /items/{id}: integration response 'default'"),
        (lines.index("          example: noon") + 1, "warning: components.schemas.Half.properties.at.example"),
    ):
        assert places[number].startswith(starts), said
    assert any("mapping template" in line for line in said)
    assert any("no header Access-Control-Allow-Origin" in line for line in said)
    assert any("must be apiKey, it is oauth2" in line for line in said)


def test_warnings_alone_are_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the importer drops without refusing the document."""
    given_document = document(
        {"/x": {"get": method(responses={"200": {}})}},
        security=[],
        components={"schemas": {"A": {"type": "string", "example": "x"}}},
        **{"x-amazon-apigateway-minimum-compression-size": 1024},
    )
    path = tmp_path / "api.yaml"
    path.write_text(yaml.safe_dump(given_document), encoding="utf-8")
    assert lint.main([str(path)]) == 0
    assert capsys.readouterr().out.count("warning: ") == 3


def test_an_error_in_json_has_its_line_too(tmp_path: Path) -> None:
    """JSON is YAML."""
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document({"/x": {"get": {"responses": {}}}}), indent=1), encoding="utf-8")
    ((line, problem),) = lint.located(path)
    assert path.read_text(encoding="utf-8").splitlines()[(line or 0) - 1].strip() == '"get": {'
    assert "no x-amazon-apigateway-integration" in str(problem)


def test_lines_of_parts_that_are_not_there_are_those_around_them() -> None:
    """And Swagger's names of models and schemes are found under OpenAPI's."""
    lines = Lines("a:\n  b:\n    - x\n    - y\ndefinitions:\n  M: 1\n")
    assert [lines.of(path) for path in (("a", "b", 1), ("a", "b", 9), ("a", "z"), ("q",))] == [4, 2, 1, 1]
    assert lines.of(("components", "schemas", "M", "x")) == 6
    assert Lines("a: [").of(("a",)) is None


def test_swagger_is_read_as_openapi() -> None:
    """Body parameters, definitions, security definitions, references to models at AWS."""
    modern = upgraded(json.loads(PETS.read_text(encoding="utf-8")))
    post = modern["paths"]["/pets"]["post"]
    assert post["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/NewPet"}
    assert modern["components"]["schemas"]["Pets"]["items"] == {"$ref": "#/components/schemas/Pet"}
    assert "judge" in modern["components"]["securitySchemes"]


def test_a_swagger_document_is_served_like_any_other() -> None:
    """Validated by its definitions, forwarded to its backend."""
    pets = json.loads(PETS.read_text(encoding="utf-8"))
    for item in pets["paths"].values():
        for operation in item.values():
            operation.pop("security", None)
    shop = Gateway(pets, lambda _c: Reply(200, {}, b"[]"), {"backend": "pets.test"})
    answers = [shop.send("POST", "/pets", body).status for body in ('{"type": "dog", "price": 1}', '{"type": "emu"}',
                                                                  '{"type": "cat", "price": 0}')]  # fmt: skip
    listed = shop.send("GET", "/pets?type=dog")
    assert (answers, listed.status, shop.send("GET", "/pets").status) == ([200, 400, 400], 200, 400)
    assert isinstance(shop.calls[1], HttpCall)
    assert shop.calls[1].url == "http://pets.test/pets?type=dog"


def test_the_orders_document_at_work() -> None:
    """Its template adds up, overrides a header, and its status when the queue's answer is not one."""
    orders: Any = read_document(ORDERS)
    for item in orders["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    result = b"<SendMessageResult><MessageId>m1</MessageId></SendMessageResult>"
    sent = b"<SendMessageResponse>" + result + b"</SendMessageResponse>"
    shop = Gateway(orders, lambda _c: Reply(200, {}, sent))
    good = shop.send("POST", "/orders", '{"items": [{"count": 2}, {"count": 3}]}', {"X-Tenant": "t"})
    assert (good.status, json.loads(good.body)) == (202, {"id": "m1"})
    assert b"Action=SendMessage" in shop.calls[0].body
    assert b"%22total%22%3A+5" in shop.calls[0].body
    assert shop.calls[0].headers["x-tenant"] == "t"
    shop.answer = lambda _c: Reply(200, {}, b"{}")
    assert shop.send("POST", "/orders", '{"items": [{"count": 1}]}', {"X-Tenant": "t"}).status == 502
    assert shop.send("POST", "/orders", '{"items": []}', {"X-Tenant": "t"}).status == 400
    assert shop.send("POST", "/orders", "x", {"X-Tenant": "t", "Content-Type": "text/csv"}).status == 415


PIECES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_no_document_crashes_the_linter_or_the_compiler(data: st.DataObject) -> None:
    """A good document with any part replaced by anything: problems, or none, and never another exception."""
    broken = json.loads(json.dumps(document({"/x/{a}": {"get": method(), "post": method()}})))
    target = broken
    for _ in range(data.draw(st.integers(0, 6))):
        if not isinstance(target, dict) or not target:
            break
        key = data.draw(st.sampled_from(sorted(target)))
        if data.draw(st.booleans()) or not isinstance(target[key], dict):
            target[key] = data.draw(PIECES)
            break
        target = target[key]
    assert all(isinstance(problem, str) for problem in lint.check(broken))
    with suppress(ConfigError):
        compile_api("any", broken, protocol)
