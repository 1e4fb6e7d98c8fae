"""The shell around the pipeline: ASGI in and out, without a socket."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from botocore.credentials import Credentials
from prometheus_client import CollectorRegistry

from cloud.errors import AwsError
from cloud.wait import until_async
from labs.declare import Lab, Ref, RestApi, Stage
from services.gateway.app import create_app
from services.gateway.cache import ResponseCache
from services.gateway.calls import Calls
from services.gateway.catalogue import Source
from services.gateway.coalesce import Coalescer, Options
from services.gateway.document import compile_api
from services.gateway.front import MAX_BODY, Front, new_ids, read_head
from services.gateway.keys import KeyRing
from services.gateway.messages import CallFailed, Reply, ServiceCall
from services.gateway.metrics import Metrics
from services.gateway.outbound import Outbound
from services.gateway.pipeline import Deployment, Pipeline
from services.gateway.settings import Settings
from services.gateway.telling import Telling
from tests.unit.gateway.support import Clock, document, method, protocols

RAW = {
    "type": "aws",
    "httpMethod": "POST",
    "uri": "arn:aws:apigateway:us-east-1:s3:path/b",
    "responses": {
        "default": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.X-E": "integration.response.header.e"},
        }
    },
}


class Elsewhere(Outbound):
    """The way out, answered here."""

    def __init__(self) -> None:
        super().__init__(lambda _service: "http://nowhere", Credentials("test", "test"), "us-east-1")
        self.calls: list[ServiceCall] = []
        self.headers: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        self.fault: Exception | None = None

    async def call(self, call: ServiceCall) -> Reply:
        if self.fault is not None:
            raise self.fault
        self.calls.append(call)
        return Reply(200, self.headers, b"%d" % len(call.body))

    async def ask(self, service: str, target: str, body: Mapping[str, Any], timeout: float = 5.0) -> Any:
        if target == "AmazonSSM.GetParameter":
            if body["Name"] not in self.parameters:
                raise AwsError("ParameterNotFound", body["Name"])
            return {"Parameter": {"Value": self.parameters[body["Name"]]}}
        if service == "dynamodb":
            return {}
        raise CallFailed("unexpected")


def front(outbound: Elsewhere, log_every: int = 1, integration: Any = RAW) -> Front:
    clock = Clock()
    api = compile_api("shop", document({"/x": {"x-amazon-apigateway-any-method": method(integration)}}), protocols)
    deployment = Deployment(api, "dev", dict)
    pipeline = Pipeline(KeyRing(clock), ResponseCache(clock), clock, new_ids)

    async def no_keys(_issuer: str) -> bool:
        return False

    calls = Calls(outbound, Coalescer(outbound.call, Options()), no_keys)
    return Front(pipeline, {("shop", "dev"): deployment}, calls, Telling(Metrics(CollectorRegistry()), log_every))


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000")


@pytest.mark.parametrize("path", ["/", "/shop", "/shop/prod/x", "/nobody/dev/x", "//dev/x"])
async def test_an_unknown_api_or_stage_is_403_forbidden(path: str) -> None:
    """Before there is any API, there are no gateway responses of its own."""
    async with client(front(Elsewhere())) as http:
        answer = await http.get(path)

    assert (answer.status_code, answer.content) == (403, b'{"message":"Forbidden"}')


async def test_a_body_of_10_mib_passes_and_one_byte_more_is_413() -> None:
    """Declared by Content-Length, or found out while it streams in."""

    async def stream(size: int) -> Any:
        for _ in range(size // 65_536):
            yield b"x" * 65_536
        yield b"x" * (size % 65_536)

    outbound = Elsewhere()
    async with client(front(outbound)) as http:
        fits = await http.post("/shop/dev/x", content=b"x" * MAX_BODY, headers={"Content-Type": "text/plain"})
        declared = await http.post("/shop/dev/x", content=b"x" * (MAX_BODY + 1))
        streamed = await http.post("/shop/dev/x", content=stream(MAX_BODY + 1))

    assert (fits.status_code, fits.text) == (200, str(MAX_BODY))
    for answer in (declared, streamed):
        assert (answer.status_code, answer.text) == (413, "HTTP content length exceeded 10485760 bytes.")
    assert len(outbound.calls) == 1


async def test_what_is_too_large_is_not_read_to_its_end() -> None:
    """Chunks after the limit are never asked for."""
    asked = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 1_048_576, "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/shop/dev/x", "query_string": b"", "headers": []}
    await front(Elsewhere())(scope, receive, send)

    assert (asked, sent[0]["status"]) == (11, 413)


async def test_a_fault_of_ours_is_a_500_and_the_next_request_is_served(caplog: pytest.LogCaptureFixture) -> None:
    """AWS's body for it, and a trace in our log only."""
    outbound = Elsewhere()
    app = front(outbound)
    async with client(app) as http:
        outbound.fault = RuntimeError("bug")
        broken = await http.get("/shop/dev/x")
        outbound.fault = None
        mended = await http.get("/shop/dev/x")

    assert (broken.status_code, broken.json()) == (500, {"message": "Internal server error"})
    assert mended.status_code == 200
    assert "bug" in caplog.text


async def test_a_header_value_cannot_start_another_header() -> None:
    """Line breaks from a backend or a function are blanks."""
    outbound = Elsewhere()
    outbound.headers = {"e": "a\r\nSet-Cookie: b"}
    async with client(front(outbound)) as http:
        answer = await http.get("/shop/dev/x")

    assert answer.headers["X-E"] == "a  Set-Cookie: b"
    assert "Set-Cookie" not in answer.headers


async def test_where_a_response_ends_is_said_once() -> None:
    """Whatever a function or a mapping says of it: beside Content-Length, "chunked" has clients wait for chunks."""
    outbound = Elsewhere()
    says = {"method.response.header.Transfer-Encoding": "'chunked'"}
    mapped = {**RAW, "responses": {"default": {"statusCode": "200", "responseParameters": says}}}
    async with client(front(outbound, integration=mapped)) as http:
        answer = await http.get("/shop/dev/x")

    assert answer.status_code == 200
    assert [value for name, value in answer.headers.multi_items() if name.lower() == "transfer-encoding"] == []
    assert answer.headers.get_list("content-length") == [str(len(answer.content))]


async def test_one_line_is_logged_per_request_without_any_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Method, route, status, ms and request id; every 2xx, one in so many, or none."""
    caplog.set_level(logging.INFO)
    for log_every, lines in ((1, 4), (2, 2), (0, 0)):
        caplog.clear()
        async with client(front(Elsewhere(), log_every)) as http:
            for _ in range(4):
                await http.get("/shop/dev/x?token=secret", headers={"Authorization": "secret"})
            await http.get("/shop/dev/nope")
        logged = [record.getMessage() for record in caplog.records if record.name.endswith("telling")]
        assert len(logged) == lines + 1
        assert "secret" not in "".join(logged)
        assert "route=- status=403" in logged[-1]


def test_ids_look_like_aws() -> None:
    """A version 4 UUID, an extended id that ends with =, 24 hex digits of trace."""
    ids = new_ids()

    assert [len(part) for part in ids.request.split("-")] == [8, 4, 4, 4, 12]
    assert ids.request[14] == "4"
    assert ids.request[19] in "89ab"
    assert (len(ids.extended), ids.extended[-1], len(ids.trace)) == (16, "=", 24)
    assert new_ids().request != ids.request


def test_segments_are_decoded_one_by_one() -> None:
    """A quoted slash does not split a segment."""
    scope = {"method": "GET", "path": "/a/b/c/d é/", "raw_path": b"/a/b/c%2Fd%20%C3%A9/", "query_string": b"q=%20&r",
             "headers": [(b"X".lower(), b"1")], "client": ("10.0.0.1", 1)}  # fmt: skip
    request = read_head(scope)

    assert (request.api, request.stage, request.path, request.segments) == ("a", "b", "/c/d é/", ["c/d é"])
    assert (request.query, request.source_ip) == ([("q", " "), ("r", "")], "10.0.0.1")


LAB = Lab("toy", "a toy", (RestApi("Api", Name="toy"), Stage("Dev", "dev", Ref("Api"), {"v": "1"})))


async def test_health_names_what_is_missing_and_the_document_is_served_once_the_outputs_exist(tmp_path: Any) -> None:
    """Loaded without a restart, and again when the document changes; a broken one leaves the last good one."""
    outbound = Elsewhere()
    path = tmp_path / "api.yaml"
    path.write_text(json.dumps(document({"/x": {"get": method()}})), encoding="utf-8")
    app = create_app(Settings(refresh_seconds=0.01), [Source(LAB, tmp_path)], outbound, protocols)
    async with app.router.lifespan_context(app), client(app) as http:
        assert await _health(http, "parameter /fogbank/toy/outputs") == 503
        outbound.parameters["/fogbank/toy/outputs"] = "{}"
        assert await _health(http, "ok") == 200
        assert (await http.get("/toy/dev/x")).status_code == 200

        path.write_text("openapi: 3.1.0", encoding="utf-8")
        assert await _health(http, "3.0.x") == 503
        assert (await http.get("/toy/dev/x")).status_code == 200
        assert "fogbank_gateway_requests_total" in (await http.get("/metrics")).text


async def test_a_gateway_is_there_for_the_others_while_its_labs_cannot_be_looked_at(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for SSM, or for a user pool's keys, goes on saying that it is there."""
    monkeypatch.setattr("services.gateway.app.FIRST_LOOK_SECONDS", 0.01)
    said: list[str] = []

    async def beats() -> bool:
        return said.count("gateways") > 5

    class Hanging(Elsewhere):
        async def ask(self, service: str, target: str, body: Mapping[str, Any], timeout: float = 5.0) -> Any:
            if service == "ssm":
                await asyncio.Event().wait()
            said.append(body.get("Key", {}).get("Name", {}).get("S", ""))
            return {}

    app = create_app(Settings(refresh_seconds=0.01), [Source(LAB, tmp_path)], Hanging(), protocols)
    async with app.router.lifespan_context(app):
        await until_async(beats, 30, what="some beats", interval=0.01)


@pytest.mark.parametrize("name", ["health", "healthcare", "metrics", "metrics-v2"])
async def test_an_api_may_be_called_as_the_gateway_s_own_paths_begin(tmp_path: Any, name: str) -> None:
    """/health and /metrics themselves are the gateway's, nothing below or beside them."""
    lab = Lab("toy", "a toy", (RestApi("Api", Name=name), Stage("Dev", "dev", Ref("Api"))))
    (tmp_path / "api.yaml").write_text(json.dumps(document({"/x": {"get": method()}})), encoding="utf-8")
    outbound = Elsewhere()
    outbound.parameters["/fogbank/toy/outputs"] = "{}"
    app = create_app(Settings(), [Source(lab, tmp_path)], outbound, protocols)
    async with app.router.lifespan_context(app), client(app) as http:
        assert await _health(http, "ok") == 200
        assert (await http.get(f"/{name}/dev/x")).status_code == 200


async def test_the_control_plane_speaks_as_api_gateway_does(tmp_path: Any) -> None:
    """GetStage and UpdateStage, and their errors."""
    app = create_app(Settings(), [Source(LAB, tmp_path)], Elsewhere(), protocols)
    async with app.router.lifespan_context(app), client(app) as http:
        await _health(http, "toy")
        before = await http.get("/restapis/toy/stages/dev")
        patch = {"patchOperations": [{"op": "replace", "path": "/variables/v", "value": "2"}]}
        after = await http.patch("/restapis/toy/stages/dev", json=patch)
        unknown = [await http.get("/restapis/toy/stages/x"), await http.patch("/restapis/no/stages/dev", json=patch)]
        wrong = await http.patch("/restapis/toy/stages/dev", content=b"[")

    assert (before.json()["variables"], after.json()["variables"]) == ({"v": "1"}, {"v": "2"})
    assert {(answer.status_code, answer.headers["x-amzn-errortype"]) for answer in unknown} == {
        (404, "NotFoundException")
    }
    assert (wrong.status_code, wrong.headers["x-amzn-errortype"]) == (400, "BadRequestException")


async def _health(http: httpx.AsyncClient, says: str) -> int:
    async def told() -> httpx.Response | None:
        answer = await http.get("/health")
        return answer if says in answer.text else None

    found = await until_async(told, 30, what=f"health to say {says!r}", interval=0.01)
    assert found is not None
    return found.status_code
