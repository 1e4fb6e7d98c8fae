"""Random requests, templates, JSON and headers: no crash, and no 500 that AWS would not give.

The seed is fixed: a failure here is one that everybody gets.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from schemathesis import GenerationMode
from schemathesis.core.transforms import deepclone

from cloud.errors import ConfigError
from labs import declare
from services.gateway import lint
from services.gateway.cache import ResponseCache
from services.gateway.calls import Calls
from services.gateway.catalogue import read_document
from services.gateway.coalesce import Coalescer, Options
from services.gateway.document import compile_api
from services.gateway.front import Front, new_ids
from services.gateway.jsonpath import BadPath
from services.gateway.keys import KeyRing
from services.gateway.messages import Reply, ServiceCall
from services.gateway.metrics import Metrics
from services.gateway.pipeline import Deployment, Pipeline
from services.gateway.services import protocol
from services.gateway.telling import Telling
from services.gateway.template import UTIL, Input, compile_template
from services.gateway.velocity.scope import TemplateFailed
from services.gateway.velocity.values import JavaMap
from tests.unit.gateway.support import Clock, Gateway, document, jwks, method, token
from tests.unit.gateway.test_front import Elsewhere
from tests.unit.gateway.test_lambda_proxy import URI

SEED = 20261120
FUZZ = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
DOCUMENT: dict[str, Any] = lint._substituted(read_document(declare.ROOT / "alien_attack" / "api.yaml"))
API = compile_api("alien-attack", DOCUMENT, protocol)
(ISSUER,) = API.issuers
TOKEN = token(iss=ISSUER)


class Services(Elsewhere):
    """Every AWS service, answering something that fits."""

    async def call(self, call: ServiceCall) -> Reply:
        if call.service == "lambda":
            return Reply(200, {}, b'{"statusCode": 200, "body": "{}"}')
        if call.headers.get("X-Amz-Target", "").endswith("PutRecords"):
            count = len(json.loads(call.body)["Records"])
            return Reply(200, {}, json.dumps({"Records": [{"SequenceNumber": "1", "ShardId": "s"}] * count}).encode())
        return Reply(200, {}, b"{}")


def front() -> Front:
    clock, outbound = Clock(), Services()
    ring = KeyRing(clock)
    ring.replace(ISSUER, jwks(**{"kid-1": "pool"}))
    pipeline = Pipeline(ring, ResponseCache(clock), clock, new_ids)
    deployment = Deployment(API, "prod", lambda: {"openSession": "S1"})

    async def no_keys(_issuer: str) -> bool:
        return False

    calls = Calls(outbound, Coalescer(outbound.call, Options(linger=0)), no_keys)
    telling = Telling(Metrics(CollectorRegistry()), 0)
    return Front(pipeline, {("alien-attack", "prod"): deployment}, calls, telling)


def operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(deepclone(DOCUMENT))
    for found in schema.get_all_operations():
        yield found.ok()  # type: ignore[union-attr] # the lab's own document is sound


# What takes neither parameters nor a body cannot be asked badly.
CASES = [(each, GenerationMode.POSITIVE) for each in operations()] + [
    (each, GenerationMode.NEGATIVE) for each in operations() if list(each.iter_parameters()) or each.body
]


@pytest.mark.parametrize(("operation", "mode"), CASES, ids=lambda value: getattr(value, "label", None) or value.value)
def test_no_request_to_the_lab_is_a_500(operation: Any, mode: GenerationMode) -> None:
    """Good and bad parameters, headers and bodies, with a token and without: 2xx, 4xx, or the lab's own."""
    application = front()

    @seed(SEED)
    @FUZZ
    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    def fuzz(case: Any, signed: bool) -> None:
        status = asyncio.run(_send(application, case, signed))
        assert status < 500, case.as_curl_command()

    fuzz()


async def _send(application: Front, case: Any, signed: bool) -> int:
    sent = case.as_transport_kwargs(base_url="http://localhost/alien-attack/prod")
    headers = {k: v for k, v in dict(sent.get("headers") or {}).items() if v is not None}
    headers = {k.encode("latin-1", "replace"): v.encode("latin-1", "replace") for k, v in headers.items()}
    if signed:
        headers[b"Authorization"] = TOKEN.encode()
    content = json.dumps(sent["json"]) if "json" in sent else sent.get("data")
    transport = httpx.ASGITransport(application, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport) as http:
        answer = await http.request(
            sent["method"], sent["url"], params=sent.get("params"), content=content if content else b"", headers=headers
        )
    return answer.status_code


# --- templates

WORDS = st.sampled_from([
    "$", "#", "{", "}", "(", ")", "[", "]", "'", '"', ".", ",", "!", "\\", " ", "\n", "..", "==", "&&", "||", "+", "/",
    "#set($x = ", "#if(", "#else", "#elseif(", "#end", "#foreach($i in ", "#break", "#stop", "#macro(m $a)", "#m('q')",
    "#define($d)", "#evaluate(", "#parse('x')", "#include('/etc/passwd')", "#return(", "##", "#*", "*#", "#[[", "]]#",
    "$x", "$!x", "${x}", "$i", "$foreach.hasNext", "$input.path('$')", "$input.json('$.a')", "$input.body",
    "$input.params()", "$input.params('q')", "$util.parseJson('{}')", "$util.base64Decode('!')", "$util.urlEncode($x)",
    "$context.requestOverride.header.h", "$context.responseOverride.status", "$stageVariables.v", ".size()", ".get(0)",
    ".put('a', 1)", ".replaceAll('(', 'b')", ".substring(5)", ".keySet()", ".split(',')", ".__class__", ".format(1)",
    "0", "7", "-1", "1.5", "true", "null", "'text'", '"$x"', "[1..3]", "[1..100000000]", "{'a': 1}",
])  # fmt: skip


@seed(SEED)
@settings(FUZZ, max_examples=800)
@given(st.lists(WORDS | st.text(max_size=3), max_size=14).map("".join))
def test_a_template_is_refused_or_rendered_or_fails(text: str) -> None:
    """Refused when it is loaded, or a text, or TemplateFailed, which is a 500 on AWS as well; no other exception."""
    body = '{"a": {"b": [1, 2]}, "q": "x"}'
    try:
        template = compile_template(text)
    except ConfigError:
        return
    context = {"requestOverride": {"header": {}}, "responseOverride": {"status": None, "header": {}}}
    params = JavaMap(path=JavaMap(), querystring=JavaMap(), header=JavaMap())
    given_input = Input(lambda: body, lambda: json.loads(body), lambda: params)
    try:
        rendered = template({"input": given_input, "util": UTIL, "context": context, "stageVariables": JavaMap(v="1")})
    except (TemplateFailed, BadPath):
        return
    assert isinstance(rendered, str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
SHOWN = {
    "application/json": "$input.path('$') $input.json('$') $util.escapeJavaScript($input.body) $input.path('$.a.b[0]') "
    "#foreach($k in $input.path('$').keySet())$k#end $util.urlEncode($input.json('$..a'))"
}
ECHO = {
    "type": "aws",
    "httpMethod": "POST",
    "uri": "arn:aws:apigateway:us-east-1:kinesis:action/X",
    "requestTemplates": SHOWN,
    "responses": {"default": {"statusCode": "200", "responseTemplates": SHOWN}},
}


@seed(SEED)
@settings(FUZZ, max_examples=150)
@given(JSON.map(json.dumps) | st.text(max_size=30) | st.binary(max_size=30), JSON)
def test_any_body_passes_a_template_or_is_a_bad_request(body: Any, reply: Any) -> None:
    """400 for what is no JSON; whatever JSON it is, a template renders it. Nested deeply, too."""
    shop = Gateway(document({"/x": {"post": method(ECHO)}}), lambda _c: Reply(200, {}, json.dumps(reply).encode()))
    response = shop.send("POST", "/x", body)
    parsed = _parses(body)
    if not isinstance(parsed, dict | type(None)) or not isinstance(reply, dict):
        assert response.status in {200, 400, 500}  # .keySet() of what is no object: 500 on AWS as well
    else:
        assert response.status == (400 if parsed is None else 200)


@pytest.mark.parametrize("deep", ["[" * 5000, "[" * 5000 + "]" * 5000, '{"a":' * 300 + "1" + "}" * 300])
def test_a_body_that_is_nested_deeply_crashes_nothing(deep: str) -> None:
    """Refused as no JSON, or rendered as far as a template can."""
    shop = Gateway(document({"/x": {"post": method(ECHO)}}))
    assert shop.send("POST", "/x", deep).status in {200, 400, 500}


def _parses(body: Any) -> Any:
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    try:
        found = orjson.loads(raw) if raw.strip() else {}
    except ValueError:
        return None
    return () if found is None else found


NAMES = st.sampled_from(
    ["accept", "content-type", "authorization", "x-api-key", "cookie", "host", "expect", "x", "x-é"]
)


@seed(SEED)
@settings(FUZZ, max_examples=150)
@given(
    st.lists(st.tuples(NAMES, st.text(st.characters(max_codepoint=255), max_size=20)), max_size=6),
    st.text(max_size=12),
    st.sampled_from(["GET", "POST", "HEAD", "PROPFIND", ""]),
)
def test_any_headers_path_and_verb_are_answered(headers: list[tuple[str, str]], path: str, verb: str) -> None:
    """By the ASGI application itself, with a status below 500."""
    scope = {
        "type": "http", "http_version": "1.1", "method": verb, "path": "/x", "client": None,
        "query_string": path.encode(), "raw_path": b"/alien-attack/prod/" + path.encode("utf-8", "surrogatepass"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
    }  # fmt: skip
    answers: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"{}"}

    async def send(message: Any) -> None:
        answers.append(message)

    asyncio.run(front()(scope, receive, send))
    assert answers[0]["status"] < 500


@seed(SEED)
@settings(FUZZ, max_examples=150)
@given(
    JSON
    | st.dictionaries(st.sampled_from(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]), JSON)
)
def test_whatever_a_function_returns_is_a_response_or_502(result: Any) -> None:
    """And what goes out is HTTP: no header that is none, no status that is none."""

    class Lambda(Services):
        async def call(self, call: ServiceCall) -> Reply:
            return Reply(200, {}, json.dumps(result).encode())

    outbound, clock = Lambda(), Clock()
    proxy = method({"type": "aws_proxy", "httpMethod": "POST", "uri": URI})
    api = compile_api("shop", document({"/x": {"get": proxy}}), protocol)

    async def no_keys(_issuer: str) -> bool:
        return False

    calls = Calls(outbound, Coalescer(outbound.call, Options()), no_keys)
    pipeline = Pipeline(KeyRing(clock), ResponseCache(clock), clock, new_ids)
    application = Front(
        pipeline, {("shop", "dev"): Deployment(api, "dev", dict)}, calls, Telling(Metrics(CollectorRegistry()), 0)
    )

    async def once() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application)) as http:
            return await http.get("http://localhost/shop/dev/x")

    answer = asyncio.run(once())
    assert 100 <= answer.status_code <= 599
    assert answer.status_code == 502 or isinstance(result, dict)
