"""One request through all steps: what the client sees."""

import gc
import json
from typing import Any

import pytest

from cloud.errors import ConfigError
from services.gateway.cache import CacheSettings
from services.gateway.messages import CallFailed, CallTimedOut, Reply, Request, ServiceCall
from services.gateway.pipeline import _may_invalidate
from services.gateway.policy import compile_policy
from tests.unit.gateway.support import Gateway, document, header, method, token

SCHEMA = {
    "type": "object",
    "required": ["n"],
    "additionalProperties": False,
    "properties": {"n": {"type": "integer", "minimum": 0}, "s": {"$ref": "#/components/schemas/Name"}},
}
VALIDATED: dict[str, Any] = {"x-amazon-apigateway-request-validator": "none"}
CHECKED: dict[str, Any] = {"x-amazon-apigateway-request-validator": "all"}
KINESIS = "arn:aws:apigateway:us-east-1:kinesis:action/PutRecord"


def aws(uri: str = KINESIS, **more: Any) -> dict[str, Any]:
    return {"type": "aws", "httpMethod": "POST", "uri": uri, "responses": {"default": {"statusCode": "200"}}, **more}


def one(operation: dict[str, Any], answer: Any = None, **more: Any) -> Gateway:
    variables, cached = more.pop("variables", None), more.pop("cached", None)
    given = document({"/x": {"post": operation, "get": operation}}, **more)
    return Gateway(given, answer or (lambda _call: Reply(200, {}, b"{}")), variables, cached)


def failing(error: Exception) -> Any:
    def answer(_call: ServiceCall) -> Reply:
        raise error

    return answer


# --- matching


@pytest.mark.parametrize(("verb", "path"), [("GET", "/nope"), ("DELETE", "/x"), ("HEAD", "/x"), ("GET", "/")])
def test_no_such_path_or_verb_is_403_missing_authentication_token(verb: str, path: str) -> None:
    """API Gateway's 404."""
    response = one(method()).send(verb, path)

    assert (response.status, response.body) == (403, b'{"message":"Missing Authentication Token"}')
    assert header(response, "x-amzn-ErrorType") == "MissingAuthenticationTokenException"


def test_every_answer_carries_the_ids_and_only_integrations_the_trace_id() -> None:
    """x-amzn-RequestId and x-amz-apigw-id always; X-Amzn-Trace-Id never on MOCK or gateway errors."""
    mocked, refused, called = (
        one(method()).send("GET", "/x"),
        one(method()).send("GET", "/"),
        one(method(aws())).send("GET", "/x"),
    )

    for response in (mocked, refused, called):
        assert header(response, "x-amzn-RequestId") == "11111111-2222-4333-8444-555555555555"
        assert header(response, "x-amz-apigw-id") == "0123456789abcde="
    assert header(mocked, "X-Amzn-Trace-Id") is None
    assert header(refused, "X-Amzn-Trace-Id") is None
    assert str(header(called, "X-Amzn-Trace-Id")).startswith("Root=1-6afd86c0-" + "a" * 24 + ";Parent=")


# --- validation


def validated(**operation: Any) -> Gateway:
    body = {"content": {"application/json": {"schema": SCHEMA}}}
    flags = {"all": {"validateRequestBody": True, "validateRequestParameters": True}}
    return one(
        method(requestBody=body, **operation),
        components={"schemas": {"Name": {"type": "string", "maxLength": 3}}},
        **{"x-amazon-apigateway-request-validators": flags, "x-amazon-apigateway-request-validator": "all"},
    )


@pytest.mark.parametrize("body", ['{"n": 1}', b'{"n": 0, "s": "abc"}', '{"n": 1000000000000}'])
def test_a_body_that_fits_its_model_passes(body: str | bytes) -> None:
    """Draft-04, references to other models included."""
    assert validated().send("POST", "/x", body).status == 200


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", "1", '{"n": -1}', '{"n": "1"}', '{"n": 1.5}', '{"n": true}', '{"n": 1, "o": 2}',
     '{"n": 1, "s": "abcd"}', b"\xff\xfe", '{"n": NaN}', "[" * 100_000],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_a_body_that_does_not_fit_is_400(body: str | bytes) -> None:
    """Unparsable, missing field, wrong type, out of range, unknown field; an empty body counts as {}."""
    response = validated().send("POST", "/x", body)

    assert (response.status, response.body) == (400, b'{"message": "Invalid request body"}')
    assert header(response, "x-amzn-ErrorType") == "BadRequestException"


def test_missing_parameters_are_listed_header_path_query_each_in_alphabetical_order() -> None:
    """And the body is not looked at when they fail; a blank value is a missing one."""
    parameters = [
        {"in": "query", "name": "zeta", "required": True},
        {"in": "query", "name": "alpha", "required": True},
        {"in": "query", "name": "free"},
        {"in": "header", "name": "X-Head", "required": True},
    ]
    response = validated(parameters=parameters).send("POST", "/x?alpha=%20", "garbage")

    expected = {"message": "Missing required request parameters: [X-Head, alpha, zeta]"}
    assert (response.status, json.loads(response.body)) == (400, expected)


def test_a_content_type_without_model_is_not_validated() -> None:
    """The model is picked by Content-Type; absent means application/json."""
    assert validated().send("POST", "/x", "garbage", {"Content-Type": "application/xml"}).status in {200, 500}
    assert validated().send("POST", "/x", "garbage", {"Content-Type": "application/json; charset=utf-8"}).status == 400


def test_without_a_validator_required_parameters_are_not_enforced() -> None:
    """Declaring them is not enough on API Gateway."""
    assert one(method(parameters=[{"in": "query", "name": "q", "required": True}])).send("GET", "/x").status == 200


def test_the_authorizer_comes_before_the_validator() -> None:
    """No token and a bad body: 401."""
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    operation = method(security=[{"Gamers": []}], requestBody=body)
    flags = {"x-amazon-apigateway-request-validators": {"b": {"validateRequestBody": True}}}
    shop = one({**operation, "x-amazon-apigateway-request-validator": "b"}, **flags)

    assert shop.send("POST", "/x", "bad").status == 401
    assert shop.send("POST", "/x", "bad", {"Authorization": token()}).status == 400


# --- mock, passthrough


def test_a_mock_answers_with_the_response_that_its_status_selects() -> None:
    """Also with the relaxed {statusCode: 404}; header values are literals."""
    responses = {
        "default": {"statusCode": "200"},
        "40\\d": {"statusCode": "418", "responseParameters": {"method.response.header.X-Tea": "'pot'"}},
    }
    for text in ('{"statusCode": 404}', "{statusCode: 404}", '{"statusCode" : 404, "more": 1}'):
        mock = {"type": "mock", "requestTemplates": {"application/json": text}, "responses": responses}
        response = one(method(mock)).send("GET", "/x")
        assert (response.status, header(response, "X-Tea"), response.body) == (418, "pot", b"")


def test_a_mock_without_a_status_is_500() -> None:
    """The request template must yield an object with an integer statusCode."""
    mock = {"type": "mock", "requestTemplates": {"application/json": "{}"}, "responses": {}}
    response = one(method(mock)).send("GET", "/x")

    assert (response.status, response.body) == (500, b'{"message": "Internal server error"}')


@pytest.mark.parametrize(
    ("behaviour", "templates", "content_type", "status"),
    [
        ("when_no_match", {"application/json": "J"}, "text/plain", 200),
        ("when_no_match", {}, "text/plain", 200),
        ("when_no_templates", {"application/json": "J"}, "text/plain", 415),
        ("when_no_templates", {}, "text/plain", 200),
        ("never", {}, "text/plain", 415),
        ("never", {"text/plain": "T"}, "text/plain; charset=utf-8", 200),
        ("never", {"application/json": "J"}, "", 200),
    ],
)
def test_passthrough(behaviour: str, templates: dict[str, str], content_type: str, status: int) -> None:
    """What happens to a content type without a template."""
    shop = one(method(aws(passthroughBehavior=behaviour, requestTemplates=templates)))
    response = shop.send("POST", "/x", "raw", {"Content-Type": content_type} if content_type else {})

    assert response.status == status
    if status == 415:
        assert response.body == b'{"message": "Unsupported Media Type"}'
        assert shop.calls == []
    else:
        kind = content_type.partition(";")[0] or "application/json"
        assert shop.calls[0].body == templates.get(kind, "raw").encode()


# --- aws


def test_an_action_of_a_json_service_gets_its_target_and_content_type() -> None:
    """AWS fills in X-Amz-Target; the mapping's headers win."""
    shop = one(method(aws(requestParameters={"integration.request.header.Content-Type": "'application/x'"})))
    shop.send("POST", "/x", "{}")
    call = shop.calls[0]

    assert (call.service, call.method, call.path, call.query, call.timeout) == ("kinesis", "POST", "/", [], 29.0)
    assert call.headers["X-Amz-Target"] == "Kinesis_20131202.PutRecord"
    assert call.headers["Content-Type"] == "application/x"
    assert call.headers["User-Agent"] == "AmazonAPIGateway_shop"


def test_ssm_actions_speak_the_query_protocol() -> None:
    """Query-string parameters win over the body; the reply has Query's wrapper."""
    template = {"application/json": "$input.path('$.GetParameterResponse.GetParameterResult.Parameter.Value')"}
    uri = "arn:aws:apigateway:us-east-1:ssm:action/GetParameter"
    parameters = {
        "integration.request.querystring.Name": "'/a/b'",
        "integration.request.querystring.WithDecryption": "'true'",
    }
    responses = {"default": {"statusCode": "200", "responseTemplates": template}}
    shop = one(
        method(aws(uri, requestParameters=parameters, responses=responses)),
        lambda _call: Reply(200, {}, b'{"Parameter": {"Value": "v"}}'),
    )

    assert shop.send("POST", "/x", "{}").body == b"v"
    assert json.loads(shop.calls[0].body) == {"Name": "/a/b", "WithDecryption": True}
    assert shop.calls[0].headers["X-Amz-Target"] == "AmazonSSM.GetParameter"


def test_the_odd_path_uri_goes_to_the_root_with_mapped_headers() -> None:
    """arn:...:ssm:path// and an X-Amz-Target of one's own: the reply is the service's, unwrapped."""
    parameters = {"integration.request.header.X-Amz-Target": "'AmazonSSM.GetParameters'"}
    shop = one(method(aws("arn:aws:apigateway:us-east-1:ssm:path//", requestParameters=parameters)))

    assert shop.send("POST", "/x", '{"Names": []}').body == b"{}"
    assert (shop.calls[0].path, shop.calls[0].headers["X-Amz-Target"]) == ("/", "AmazonSSM.GetParameters")


def test_parameters_are_mapped_from_request_context_and_stage() -> None:
    """Path placeholders are filled and quoted, headers and query values come from everywhere."""
    parameters = {
        "integration.request.path.key": "method.request.querystring.k",
        "integration.request.header.X-Id": "context.requestId",
        "integration.request.querystring.v": "stageVariables.v",
        "integration.request.header.X-Body": "method.request.body.a.b",
        "integration.request.header.X-In": "method.request.header.X-Out",
        "integration.request.header.X-Gone": "method.request.header.Gone",
    }
    uri = "arn:aws:apigateway:us-east-1:s3:path/${stageVariables.v}/{key}"
    shop = one(method(aws(uri, requestParameters=parameters)), variables={"v": "bucket"})
    shop.send("POST", "/x?k=a%2Fb+c", '{"a": {"b": [1]}}', {"X-Out": "o"})
    call = shop.calls[0]

    assert (call.path, call.query) == ("/bucket/a%2Fb%20c", [("v", "bucket")])
    assert {name: call.headers.get(name) for name in ("X-Id", "X-Body", "X-In", "X-Gone")} == {
        "X-Id": "11111111-2222-4333-8444-555555555555", "X-Body": "[1]", "X-In": "o", "X-Gone": None,
    }  # fmt: skip


def test_a_forbidden_header_in_the_mapping_is_500() -> None:
    """API Gateway refuses to set Authorization and the like on its own calls."""
    shop = one(method(aws(requestParameters={"integration.request.header.Authorization": "'x'"})))

    assert (shop.send("POST", "/x").status, shop.calls) == (500, [])


def mapped(reply: Reply, responses: dict[str, Any]) -> tuple[int, bytes, dict[str, str]]:
    response = one(method(aws(responses=responses)), lambda _call: reply).send("POST", "/x", "{}")
    return response.status, response.body, {name.lower(): value for name, value in response.headers}


def test_a_backend_error_with_only_a_default_response_is_a_200() -> None:
    """A real trap of API Gateway, kept."""
    assert mapped(Reply(400, {}, b"bad"), {"default": {"statusCode": "200"}})[:2] == (200, b"bad")


def test_a_pattern_must_match_the_whole_status() -> None:
    """selectionPattern is a full match; without any match and default it is a 500."""
    responses = {"4\\d\\d": {"statusCode": "422"}, "5": {"statusCode": "503"}}

    assert mapped(Reply(404, {}, b""), responses)[0] == 422
    assert mapped(Reply(500, {}, b""), responses)[0] == 500


def test_response_templates_and_headers_come_from_the_reply() -> None:
    """Headers by integration.response.*, the body by template; some headers are renamed."""
    responses = {
        "default": {
            "statusCode": "201",
            "responseParameters": {
                "method.response.header.X-A": "integration.response.header.Etag",
                "method.response.header.X-B": "integration.response.body.b",
                "method.response.header.Server": "'mine'",
                "method.response.header.X-None": "integration.response.header.none",
            },
            "responseTemplates": {"application/json": '{"got": $input.json(\'$.b\'), "id": "$context.requestId"}'},
        }
    }
    status, body, headers = mapped(Reply(200, {"etag": "e"}, b'{"b": {"c": 1}}'), responses)

    assert (status, json.loads(body)["got"]) == (201, {"c": 1})
    assert (headers["x-a"], headers["x-b"], headers["x-amzn-remapped-server"]) == ("e", '{"c":1}', "mine")
    assert "x-none" not in headers
    assert headers["content-type"] == "application/json"


def test_templates_override_status_and_headers() -> None:
    """$context.responseOverride; a status outside 200 to 599 is a 500: after 1xx a client goes on waiting."""

    def override(status: str) -> int:
        text = f"#set($context.responseOverride.status = {status})#set($context.responseOverride.header.X-O = 'o')"
        responses = {"default": {"statusCode": "200", "responseTemplates": {"application/json": text}}}
        return mapped(Reply(200, {}, b"{}"), responses)[0]

    assert (override("429"), override("600"), override("'x'")) == (429, 500, 500)
    assert (override("99"), override("100")) == (500, 500)


def test_a_request_template_overrides_headers_query_and_path() -> None:
    """$context.requestOverride."""
    text = "#set($context.requestOverride.header.X-T = 't')#set($context.requestOverride.querystring.q = '1')body"
    shop = one(method(aws("arn:aws:apigateway:us-east-1:s3:path/b", requestTemplates={"application/json": text})))
    shop.send("POST", "/x", "{}")

    assert (shop.calls[0].headers["X-T"], shop.calls[0].query, shop.calls[0].body) == ("t", [("q", "1")], b"body")


def test_a_reply_that_is_no_json_where_the_template_wants_some_is_500() -> None:
    """And so is a template that fails."""
    templates = {"application/json": "$input.path('$.a')"}
    responses = {"default": {"statusCode": "200", "responseTemplates": templates}}

    assert mapped(Reply(200, {}, b"<xml>"), responses)[0] == 500


def test_a_request_that_is_no_json_where_the_template_wants_some_is_400() -> None:
    """The caller's fault."""
    shop = one(method(aws(requestTemplates={"application/json": "$input.json('$.a')"})))

    assert (shop.send("POST", "/x", "nope").status, shop.calls) == (400, [])


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (CallTimedOut("x"), 504, "Endpoint request timed out"),
        (CallFailed("x"), 504, "Network error communicating with endpoint"),
    ],
)
def test_an_integration_that_does_not_answer_is_504(error: Exception, status: int, message: str) -> None:
    """Never a hang, never a stack trace."""
    response = one(method(aws()), failing(error)).send("POST", "/x")

    assert (response.status, json.loads(response.body)) == (status, {"message": message})
    assert header(response, "x-amzn-ErrorType") == "InternalServerErrorException"


def test_a_custom_lambda_integration_is_selected_by_its_error_message() -> None:
    """The pattern looks at errorMessage when the function failed; without a match the default, usually 200."""
    function = "arn:aws:lambda:us-east-1:000000000000:function:f"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    responses = {"default": {"statusCode": "200"}, ".*not found.*": {"statusCode": "404"}}

    def status(reply: Reply) -> int:
        return one(method(aws(uri, responses=responses)), lambda _call: reply).send("POST", "/x").status

    failed = {"x-amz-function-error": "Unhandled"}
    assert status(Reply(200, failed, b'{"errorMessage": "it was not found here"}')) == 404
    assert status(Reply(200, failed, b'{"errorMessage": "other"}')) == 200
    assert status(Reply(200, {}, b'"not found"')) == 200


# --- gateway responses


def test_default_4xx_headers_and_template_apply_to_what_is_not_specialised() -> None:
    """CORS on errors; a template is plain substitution; a specific type wins; 5xx are not touched."""
    customised = {
        "DEFAULT_4XX": {
            "responseParameters": {
                "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
                "gatewayresponse.header.X-Asked": "method.request.header.X-Ask",
            },
            "responseTemplates": {
                "application/json": '{"m":$context.error.messageString,"t":"$context.error.responseType"}'
            },
        },
        "UNAUTHORIZED": {"statusCode": 418},
    }
    operation = method(security=[{"Gamers": []}])
    shop = one(operation, **{"x-amazon-apigateway-gateway-responses": customised})
    unknown, unauthorized = shop.send("GET", "/", headers={"X-Ask": "a"}), shop.send("GET", "/x")

    assert json.loads(unknown.body) == {"m": "Missing Authentication Token", "t": "MISSING_AUTHENTICATION_TOKEN"}
    assert (unknown.status, header(unknown, "Access-Control-Allow-Origin"), header(unknown, "X-Asked")) == (
        403,
        "*",
        "a",
    )
    assert (unauthorized.status, header(unauthorized, "Access-Control-Allow-Origin")) == (418, None)
    assert unauthorized.body == b'{"message":"Unauthorized"}'


def test_an_expired_token_answers_with_cors_when_default_4xx_declares_it() -> None:
    """Without, a browser would call it a network error."""
    customised = {"DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}}}
    shop = one(method(security=[{"Gamers": []}]), **{"x-amazon-apigateway-gateway-responses": customised})
    response = shop.send("GET", "/x", headers={"Authorization": token(exp=1)})

    assert response.body == b'{"message":"The incoming token has expired"}'
    assert header(response, "Access-Control-Allow-Origin") == "*"


# --- response cache


def test_a_cached_method_calls_its_integration_once_per_key_and_ttl() -> None:
    """cacheKeyParameters tell entries apart; after the ttl the integration is asked again."""
    cached = {("/x", "GET"): CacheSettings(1.0, ("method.request.querystring.s",))}
    shop = one(method(aws(), security=[{"Gamers": []}]), cached=cached)
    headers = {"Authorization": token()}

    for path in ("/x?s=1", "/x?s=1&other=2", "/x?s=2", "/x?s=1"):
        assert shop.send("GET", path, headers=headers).status == 200
    assert len(shop.calls) == 2
    shop.clock.now += 1
    shop.send("GET", "/x?s=1", headers=headers)
    assert len(shop.calls) == 3


ANYBODY = {"Effect": "Allow", "Principal": "*", "Resource": "execute-api:/*"}
FRESH = {"cache-control": "no-cache, max-age=0"}


def test_max_age_0_asks_anew_where_a_policy_allows_it() -> None:
    """The integration is asked, and what it says is what is kept from then on; max-age=09 is something else."""
    policy = {"Statement": [{**ANYBODY, "Action": ["execute-api:Invoke", "execute-api:InvalidateCache"]}]}
    numbers = iter("1234")
    paths = {"/x": {"get": method(aws())}}
    shop = Gateway(
        document(paths, **{"x-amazon-apigateway-policy": policy}),
        lambda _call: Reply(200, {}, next(numbers).encode()),
        cached={("/x", "GET"): CacheSettings(60)},
    )
    sent: list[dict[str, str]] = [{}, {}, FRESH, {}, {"cache-control": "max-age=09"}]
    answers = [shop.send("GET", "/x", headers=headers) for headers in sent]
    assert [answer.body for answer in answers] == [b"1", b"1", b"2", b"2", b"2"]
    assert not any(header(answer, "Warning") for answer in answers)


@pytest.mark.parametrize("statements", [None, [{**ANYBODY, "Action": "execute-api:Invoke"}]])
def test_max_age_0_of_somebody_else_is_ignored_with_a_warning(statements: Any) -> None:
    """AWS's default for a stage: the kept answer, and a header that says why."""
    more = {"x-amazon-apigateway-policy": {"Statement": statements}} if statements else {}
    shop = Gateway(document({"/x": {"get": method(aws())}}, **more), cached={("/x", "GET"): CacheSettings(60)})
    answers = [shop.send("GET", "/x", headers=headers) for headers in ({}, FRESH)]
    assert [header(answer, "Warning") for answer in answers] == [
        None, "199 Cache-control headers were ignored because the caller was unauthorized.",
    ]  # fmt: skip
    assert len(shop.calls) == 1


def test_a_lambda_authorizers_policy_may_allow_it() -> None:
    """By execute-api:InvalidateCache beside execute-api:Invoke."""
    api, arn = one(method(aws()), cached={("/x", "GET"): CacheSettings(60)}), "arn:aws:execute-api:*:*:*"
    exchange = api.pipeline.begin(api.deployment, Request("shop", "dev", "GET", "/x", ["x"], []))
    verdicts = []
    for action in ("execute-api:Invoke", "execute-api:*"):
        exchange.policy = compile_policy({"Statement": {"Effect": "Allow", "Action": action, "Resource": arn}})
        verdicts.append(_may_invalidate(api.deployment.api, exchange))
    assert verdicts == [False, True]


def test_the_authorizer_runs_before_the_cache() -> None:
    """What is cached is not for everybody."""
    shop = one(method(aws(), security=[{"Gamers": []}]), cached={("/x", "GET"): CacheSettings(60)})
    shop.send("GET", "/x", headers={"Authorization": token()})

    assert shop.send("GET", "/x").status == 401


def test_errors_are_not_cached() -> None:
    """Only 2xx answers are kept."""
    responses = {"default": {"statusCode": "200"}, "5\\d\\d": {"statusCode": "503"}}
    replies = iter([Reply(500, {}, b""), Reply(200, {}, b"fine")])
    shop = one(method(aws(responses=responses)), lambda _call: next(replies), cached={("/x", "GET"): CacheSettings(60)})

    assert [shop.send("GET", "/x").status for _ in range(3)] == [503, 200, 200]


# --- documents


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ({"responses": {}}, "no x-amazon-apigateway-integration"),
        (method({"type": "grpc", "uri": "http://x"}), "integration type grpc is not supported"),
        (method({"type": "http", "uri": "nowhere", "httpMethod": "GET"}), "must be an address"),
        (method({"type": "http", "uri": "http://x"}), "httpMethod"),
        (method({"type": "http", "uri": "http://x", "httpMethod": "GET", "connectionType": "VPC_LINK"}), "VPC_LINK"),
        (method(aws(timeoutInMillis=49)), "timeoutInMillis"),
        (method(aws(timeoutInMillis=29_001)), "timeoutInMillis"),
        (method(aws(responses={"(": {"statusCode": "200"}})), "integration response"),
        (method(aws("arn:aws:nonsense")), "uri"),
        (method(aws(requestParameters={"integration.request.header.X": "nonsense"})), "nonsense"),
        (method(aws(requestParameters={"nonsense": "'x'"})), "nonsense"),
        (method(aws(passthroughBehavior="maybe")), "passthroughBehavior"),
        (method(security=[{"Nobody": []}]), "Nobody"),
        (method(**VALIDATED), "request validator 'none'"),
        (method(parameters=[{"in": "query", "required": True}], **CHECKED), "a parameter has no name"),
        (method(security=[{"Torn": []}]), "'Torn': identityValidationExpression"),
    ],
)
def test_a_document_that_cannot_be_served_is_refused_naming_the_method(operation: dict[str, Any], says: str) -> None:
    """Wrong or not supported yet: clear at load, not at the first request, and nobody else's document stays behind."""
    declared = {"type": "cognito_user_pools", "identityValidationExpression": "("}
    torn = {"type": "apiKey", "name": "A", "in": "header", "x-amazon-apigateway-authorizer": declared}
    flags = {"x-amazon-apigateway-request-validators": {"all": {"validateRequestParameters": True}}}
    with pytest.raises(ConfigError, match=f"POST /x: .*{says}"):
        one(operation, components={"securitySchemes": {"Torn": torn}}, **flags)


@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "apiKey", "name": "key", "in": "query"},
        {"type": "apiKey", "name": "A", "in": "header", "x-amazon-apigateway-authtype": "nonsense"},
        {"type": "apiKey", "name": "A", "in": "header", "x-amazon-apigateway-authorizer": {"type": "jwt"}},
        {"type": "apiKey", "name": "A", "in": "header", "x-amazon-apigateway-authorizer": {"type": "token"}},
    ],
)
def test_schemes_that_are_no_authorizer_and_no_key_are_refused_by_name(scheme: dict[str, Any]) -> None:
    """A key elsewhere than in x-api-key, a kind of authorizer that REST APIs have not, one without its function."""
    with pytest.raises(ConfigError, match="'Key': "):
        one(method(security=[{"Key": []}]), components={"securitySchemes": {"Key": scheme}})


def test_only_openapi_3_0_is_read() -> None:
    """API Gateway imports no other 3.x."""
    with pytest.raises(ConfigError, match=r"3\.0\.x"):
        Gateway({"openapi": "3.1.0", "paths": {}})


# --- memory


def test_a_request_leaves_nothing_for_the_cycle_collector() -> None:
    """Templates for request and response, a loop, an override; a cycle would keep all of it for thousands of posts."""
    template = "#foreach($n in $input.path('$.ns'))#set($sum = $n)#end$sum $context.requestId"
    integration = aws(
        requestTemplates={"application/json": '{"Data": "' + template + '"}'},
        responses={"default": {"statusCode": "200", "responseTemplates": {"application/json": template}}},
    )
    gateway = one(method(integration))
    gateway.send("POST", "/x", b'{"ns": [1, 2]}')
    gc.collect()
    gc.disable()
    try:
        response = gateway.send("POST", "/x", b'{"ns": [1, 2]}')
        left = gc.collect()
    finally:
        gc.enable()

    assert response.status == 200
    assert left == 0
