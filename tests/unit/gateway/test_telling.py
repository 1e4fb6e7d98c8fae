"""What is told of requests: the access log's line, the execution log, CloudWatch's metrics; and no secret."""

import json
import time
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from cloud.cloudwatch import Aggregate
from cloud.errors import ConfigError
from labs.declare import GetAtt, Ref, Sub
from services.gateway.access_log import AccessLog, compile_access_log
from services.gateway.cache import CacheSettings
from services.gateway.execution_log import hidden, shown
from services.gateway.front import read_head
from services.gateway.messages import Reply, Request
from services.gateway.metrics import Metrics
from services.gateway.routes import split
from services.gateway.stage_settings import MethodSettings
from services.gateway.substitution import resolved_value
from services.gateway.telling import Telling
from services.gateway.usage import plans_of
from tests.unit.gateway.support import Gateway, document, method, token
from tests.unit.gateway.test_admission import KEY, SCHEME, STAGE, lab, plan

LOUD = MethodSettings(log_level="INFO", data_trace=True, metrics=True)


class Told:
    """A gateway with everything that tells; lines by log group."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.lines: dict[str, list[str]] = {}
        self.sums = Aggregate("AWS/ApiGateway", lambda: 60.0)
        self.telling = Telling(Metrics(CollectorRegistry()), 1, self.ship, self.sums)

    def ship(self, group: str, _stream: str, lines: Iterable[str]) -> None:
        self.lines.setdefault(group, []).extend(lines)

    def send(self, verb: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        from services.gateway.calls import drive

        bare = path.partition("?")[0]
        named = [("host", "h"), *((name.lower(), value) for name, value in (headers or {}).items())]
        request = Request("shop", "dev", verb, bare, split(bare), named, body=body)
        gateway = self.gateway
        exchange = gateway.pipeline.begin(gateway.deployment, request)

        async def perform(call: Any) -> Any:
            return gateway._perform(call)

        import asyncio

        response = asyncio.run(drive(gateway.pipeline.run(gateway.deployment, exchange), perform, exchange))
        self.telling.answered(gateway.deployment, exchange, response, time.perf_counter())


def told(format_: str = "$context.requestId", operation: Any = None, **deployed: Any) -> Told:
    given_document = document({"/x": {"get": operation or method()}}, components=SCHEME)
    return Told(Gateway(given_document, access_log=AccessLog("group", format_), **deployed))


def test_a_line_is_its_format_with_what_the_request_has() -> None:
    """CLF, JSON, whatever: $context variables are replaced, nothing else is; unset is -."""
    log = told(
        '$context.identity.sourceIp [$context.requestTime] "$context.httpMethod $context.resourcePath" $context.status '
        "$context.responseLength $context.requestId $context.authorizer.claims.sub $input.x $context"
    )
    log.send("GET", "/x")
    (line,) = log.lines["group"]
    assert line.startswith("127.0.0.1 [18/Nov/2026:")
    assert line.endswith('"GET /x" 200 0 11111111-2222-4333-8444-555555555555 - $input.x $context')


def test_errors_latencies_and_integrations_are_variables() -> None:
    """error.*, integration.*, responseLatency; of a MOCK there is no integration."""
    form = "$context.requestId $context.error.responseType $context.error.messageString $context.integration.status " \
           "$context.integrationLatency $context.status"  # fmt: skip
    log = told(form)
    log.send("GET", "/nope")
    log.send("GET", "/x")
    assert [line.split(" ", 1)[1] for line in log.lines["group"]] == [
        'MISSING_AUTHENTICATION_TOKEN "Missing Authentication Token" - - 403',
        "- - - - 200",
    ]


def test_values_cannot_break_out_of_the_line() -> None:
    """Quotes, backslashes and line breaks of a caller's are escaped, so that a JSON format stays JSON."""
    log = told('{"id": "$context.requestId", "agent": "$context.identity.userAgent"}')
    agent = 'a"},\n{"\\x'
    log.send("GET", "/x", headers={"User-Agent": agent})
    (line,) = log.lines["group"]
    assert json.loads(line)["agent"] == agent
    assert "\n" not in line


def test_an_api_key_is_hidden_but_for_its_end() -> None:
    """In the access log and in the execution log."""
    keyed = method(security=[{"Key": []}])
    log = told("$context.requestId $context.identity.apiKey $context.identity.apiKeyId", keyed,
               plans=plans_of(lab(plan()), STAGE, {}), settings={("/x", "GET"): LOUD})  # fmt: skip
    log.send("GET", "/x", headers={"x-api-key": KEY})
    assert log.lines["group"][0].endswith(" " + "*" * 20 + "kkkkkk ada")
    said = "\n".join(log.lines["API-Gateway-Execution-Logs_shop/dev"])
    assert "API Key ID: ada" in said
    assert KEY not in said
    assert hidden("short") == "*" * 20


def test_where_a_log_goes_and_what_its_format_must_have() -> None:
    """A log group's ARN, perhaps with :*, perhaps a reference; a request id."""
    outputs = {"Log": {"Arn": "arn:aws:logs:us-east-1:000000000000:log-group:a/b:*", "Ref": "a/b"}}

    def resolve(value: Any) -> str:
        return resolved_value(value, outputs, "us-east-1")

    for destination in (GetAtt("Log", "Arn"), Sub("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Log}")):
        made = compile_access_log({"DestinationArn": destination, "Format": "$context.requestId\n"}, resolve)
        assert made == AccessLog("a/b", "$context.requestId")
    assert compile_access_log({}, resolve) is None
    for wrong in (
        {"DestinationArn": "arn:aws:firehose:x", "Format": "$context.requestId"},
        {"DestinationArn": GetAtt("Log", "Arn"), "Format": "$context.status"},
        {"DestinationArn": Ref("Nobody"), "Format": "$context.requestId"},
    ):
        with pytest.raises(ConfigError):
            compile_access_log(wrong, resolve)


@pytest.mark.parametrize(
    ("level", "trace", "says", "says_not"),
    [
        ("INFO", True, "Method request headers", "nothing"),
        ("INFO", False, "Starting execution", "Method request headers"),
        ("ERROR", True, "Gateway response type: DEFAULT_5XX", "Starting execution"),
    ],
)
def test_the_execution_log_says_as_much_as_it_is_asked_for(level: str, trace: bool, says: str, says_not: str) -> None:
    """INFO every step, with data trace what was said; ERROR what went wrong; OFF nothing."""
    from tests.unit.gateway.test_lambda_proxy import URI

    proxy = method({"type": "aws_proxy", "httpMethod": "POST", "uri": URI})
    for settings_, expected in ((MethodSettings(log_level=level, data_trace=trace), True), (MethodSettings(), False)):
        log = told(operation=proxy, settings={("/x", "GET"): settings_})
        log.gateway.answer = lambda _c: Reply(200, {}, b'"no response"')
        log.send("GET", "/x")
        said = "\n".join(log.lines.get("API-Gateway-Execution-Logs_shop/dev", []))
        assert (says in said) is expected
        assert says_not not in said


SECRETS = ("Authorization", "x-api-key", "X-Amz-Security-Token", "Cookie", "refreshToken", "password")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(SECRETS), st.text("abcdefXYZ0123456789+/=._-", min_size=24, max_size=2000), st.integers(0, 1500))
def test_no_secret_is_in_any_log(name: str, secret: str, padding: int) -> None:
    """As a header, in a JSON body, in the event that a function gets, in its echo of it, wherever lines are cut."""
    from tests.unit.gateway.test_lambda_proxy import URI

    proxy = method({"type": "aws_proxy", "httpMethod": "POST", "uri": URI})
    log = told("$context.requestId $context.path $context.identity.userAgent", proxy, settings={("/x", "GET"): LOUD})
    log.gateway.answer = lambda call: Reply(200, {}, json.dumps({"body": call.body.decode()}).encode())
    body = json.dumps({"pad": "p" * padding, name: secret}).encode()
    log.send("GET", "/x", body, {name: secret, "X-Pad": "p" * padding})
    said = "\n".join(line for lines in log.lines.values() for line in lines)
    assert secret[:18] not in said


def test_pairs_are_shown_as_aws_shows_them() -> None:
    """{a=1, b=2}."""
    assert shown([("a", "1"), ("X-Session-Token", "x" * 30)]) == "{a=1, X-Session-Token=" + "*" * 20 + "xxxxxx}"


def test_metrics_are_summed_by_api_stage_and_method() -> None:
    """Count, 4XXError and 5XXError of every request; latencies; cache hits and misses; methods where it is on."""
    log = told(settings={("/x", "GET"): LOUD}, cached={("/x", "GET"): CacheSettings(60)})
    for path in ("/x", "/x", "/nope"):
        log.send("GET", path)
    sums = {(len(series.dimensions), series.metric): values for series, values in log.sums.take().items()}
    stage = {metric: values[:2] for (count, metric), values in sums.items() if count == 2}
    assert (stage["Count"], stage["4XXError"], stage["5XXError"]) == ([3, 3], [3, 1.0], [3, 0.0])
    assert (stage["CacheHitCount"], stage["CacheMissCount"]) == ([1, 1], [1, 1])
    assert (stage["Latency"][0], stage["IntegrationLatency"][0]) == (3, 1)
    assert sums[(4, "Count")][1] == 2


def test_a_token_in_a_query_string_is_in_no_log() -> None:
    """Ours neither: only the route is logged."""
    scope = {"type": "http", "method": "GET", "path": "/shop/dev/x", "raw_path": b"/shop/dev/x",
             "query_string": b"token=" + token().encode(), "headers": []}  # fmt: skip
    assert "token" not in read_head(scope).path
