"""Every row of what clients of API Gateway see, over real sockets: status, body, error type. docs/api-gateway.md."""

import time
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloud.wait import until
from tests.contract import rest_lab
from tests.contract.rest_functions import proxy
from tests.contract.rest_stack import Rest
from tests.unit.gateway.support import token

pytestmark = pytest.mark.emulator
MAX_BODY = 10_485_760
STRANGER = {"Authorization": "garbage"}


def signed(**claims: Any) -> str:
    """A token that is good for a minute by the real clock, unless the claims say otherwise."""
    return token(**{"exp": int(time.time()) + 60, **claims})


def expect(answer: httpx.Response, status: int, body: Any, kind: str | None) -> None:
    """A gateway response: parsed body, error type, the ids of every answer and no trace id."""
    assert (answer.status_code, answer.json()) == (status, body), answer.text
    assert answer.headers.get("x-amzn-ErrorType") == kind
    assert len(answer.headers["x-amzn-RequestId"]) == 36
    assert answer.headers["x-amz-apigw-id"].endswith("=")
    assert answer.headers["Content-Type"] == "application/json"
    assert "X-Amzn-Trace-Id" not in answer.headers
    assert "Retry-After" not in answer.headers


def missing(name: str = "Missing Authentication Token") -> dict[str, str]:
    return {"message": name}


@pytest.mark.parametrize(("verb", "path"), [("GET", "/nope"), ("DELETE", "/mock"), ("HEAD", "/mock"), ("GET", "/")])
def test_an_unknown_path_or_verb(rest: Rest, verb: str, path: str) -> None:
    """403 Missing Authentication Token: API Gateway's 404."""
    answer = rest.send(verb, path)
    assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    assert (answer.status_code, answer.content) == (
        403,
        b"" if verb == "HEAD" else b'{"message":"Missing Authentication Token"}',
    )


def test_an_unknown_stage(rest: Rest) -> None:
    """403 Forbidden, of an API or a stage that is not there."""
    for path in ("/shop/nope/mock", "/nobody/dev/mock"):
        answer = rest.http.get(path)
        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
        assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"


@pytest.mark.parametrize(
    "authorization",
    [None, "", "garbage", "Bearer garbage", "a.b.c"],
    ids=["absent", "empty", "garbage", "bearer", "dots"],
)
def test_a_token_that_is_none(rest: Rest, authorization: str | None) -> None:
    """401 Unauthorized from the Cognito authorizer."""
    headers = {} if authorization is None else {"Authorization": authorization}
    expect(rest.send("GET", "/cognito", headers=headers), 401, missing("Unauthorized"), "UnauthorizedException")


def test_a_token_of_a_wrong_pool_key_or_use(rest: Rest) -> None:
    """401 Unauthorized; scopes want an access token, their absence an ID token."""
    wrong = [
        signed(iss="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"),
        signed(key="other"),
        signed(token_use="access", scope="shop/read"),
    ]
    for each in wrong:
        answer = rest.send("GET", "/cognito", headers={"Authorization": each})
        expect(answer, 401, missing("Unauthorized"), "UnauthorizedException")
    for each in (signed(), signed(token_use="access", scope="shop/write")):
        answer = rest.send("GET", "/scoped", headers={"Authorization": each})
        expect(answer, 401, missing("Unauthorized"), "UnauthorizedException")
    good = signed(token_use="access", scope="x shop/read")
    assert rest.send("GET", "/scoped", headers={"Authorization": good}).status_code == 200


def test_an_expired_token(rest: Rest) -> None:
    """401 with AWS's own text; where DEFAULT_4XX declares CORS headers a page can read it."""
    expired = {"Authorization": signed(exp=int(time.time()) - 1)}
    expect(
        rest.send("GET", "/cognito", headers=expired),
        401,
        missing("The incoming token has expired"),
        "UnauthorizedException",
    )
    answer = rest.http.get("/cors/dev/cognito", headers=expired)
    expect(answer, 401, missing("The incoming token has expired"), "UnauthorizedException")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_remembered_token_expires_to_the_second(rest: Rest) -> None:
    """A returning caller's token is not verified from scratch, and is refused once its time has come."""
    exp = int(time.time()) + 6
    headers = {"Authorization": signed(exp=exp)}
    served = [(time.time(), rest.send("GET", "/cognito", headers=headers).status_code)]

    def refused() -> bool:
        served.append((time.time(), rest.send("GET", "/cognito", headers=headers).status_code))
        return served[-1][1] == 401

    until(refused, 60, interval=0.02)
    assert served[0][1] == 200
    # Each time was taken before its request was sent, so the last 200 began before the expiry.
    assert all(status == 200 for when, status in served[:-1] if when < exp - 0.5)
    assert all(when < exp for when, status in served if status == 200)


def test_a_lambda_authorizer_refuses(rest: Rest) -> None:
    """Unauthorized is 401; deny and implicit deny 403, with a capital Message; anything else 500 with null."""
    denied = "User is not authorized to access this resource"
    null = {"message": None}
    config = "AuthorizerConfigurationException"
    rows: list[tuple[str, int, Any, str]] = [
        ("unauthorized", 401, missing("Unauthorized"), "UnauthorizedException"),
        ("elsewhere", 403, {"Message": denied}, "AccessDeniedException"),
        ("broken", 500, null, config),
        ("no-principal", 500, null, config),
        ("no-policy", 500, null, config),
        ("listed", 500, null, config),
    ]
    for word, status, body, kind in rows:
        expect(rest.send("GET", "/token", headers={"Authorization": word}), status, body, kind)
    answer = rest.send("GET", "/token", headers={"Authorization": "deny"})
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (403, "AccessDeniedException")
    assert answer.json()["Message"].startswith(denied + " with an explicit deny")


def test_a_lambda_authorizer_is_not_asked_without_its_identity_sources(rest: Rest) -> None:
    """401 without an invocation: no token, one that its expression refuses, a source that is missing or empty."""
    before = len(rest.stub.invoked("judge"))
    for headers in ({}, {"Authorization": ""}, {"Authorization": "NOT 1ike it"}):
        expect(rest.send("GET", "/token", headers=headers), 401, missing("Unauthorized"), "UnauthorizedException")
    for path, headers in (("/request", {"X-Who": "a"}), ("/request?why=x", {}), ("/request?why=", {"X-Who": "a"})):
        expect(rest.send("GET", path, headers=headers), 401, missing("Unauthorized"), "UnauthorizedException")
    assert len(rest.stub.invoked("judge")) == before


def test_the_policy_is_kept_and_judged_anew_for_every_method(rest: Rest) -> None:
    """A policy narrowed to one method refuses the same caller on another, without the function being asked again."""
    headers = {"Authorization": "narrow"}
    first = rest.send("GET", "/token", headers=headers)
    asked = len(rest.stub.invoked("judge"))
    second, other = (rest.send("GET", path, headers=headers) for path in ("/token", "/token/other"))

    assert (first.status_code, second.status_code, len(rest.stub.invoked("judge"))) == (200, 200, asked)
    expect(other, 403, {"Message": "User is not authorized to access this resource"}, "AccessDeniedException")
    context = first.json()["requestContext"]["authorizer"]
    assert {**context, "integrationLatency": 0} == {
        "principalId": "u-1", "integrationLatency": 0, "text": "a", "number": "7", "truth": "true",
    }  # fmt: skip


def test_what_authorizers_are_sent(rest: Rest) -> None:
    """TOKEN: type, methodArn and the token; REQUEST: the request as a proxy function sees it, without its body."""
    rest.send("GET", "/token", headers={"Authorization": "what"})
    rest.send("GET", "/request?why=ok&why=so", headers={"X-Who": "me"})
    by_token, request = rest.stub.invoked("judge")[-2:]

    arn = "arn:aws:execute-api:us-east-1:000000000000:shop/dev/GET"
    assert by_token == {"type": "TOKEN", "methodArn": f"{arn}/token", "authorizationToken": "what"}
    assert (request["type"], request["methodArn"], request["resource"], request["path"], request["httpMethod"]) == (
        "REQUEST", f"{arn}/request", "/request", "/request", "GET",
    )  # fmt: skip
    assert request["multiValueQueryStringParameters"] == {"why": ["ok", "so"]}
    assert (request["headers"]["X-Who"], request["pathParameters"]) == ("me", None)
    assert "body" not in request


def test_no_token_and_no_key_is_401_and_with_the_token_403(rest: Rest) -> None:
    """The authorizer comes before the API key."""
    good = {"Authorization": signed()}
    expect(rest.send("GET", "/both"), 401, missing("Unauthorized"), "UnauthorizedException")
    expect(rest.send("GET", "/both", headers=good), 403, missing("Forbidden"), "ForbiddenException")
    with_key = {**good, "x-api-key": rest_lab.METHOD_KEY}
    assert rest.send("GET", "/both", headers=with_key).status_code == 200


@pytest.mark.parametrize("key", [None, "", "x" * 20, rest_lab.DISABLED_KEY, rest_lab.LOOSE_KEY])
def test_a_key_that_is_none(rest: Rest, key: str | None) -> None:
    """403 Forbidden: absent, unknown, disabled, in no plan of this stage."""
    headers = {} if key is None else {"x-api-key": key}
    expect(rest.send("GET", "/key", headers=headers), 403, missing("Forbidden"), "ForbiddenException")


@pytest.mark.parametrize(
    ("path", "key", "allowed", "message", "kind"),
    [
        ("/key", rest_lab.THROTTLED_KEY, 2, "Too Many Requests", "TooManyRequestsException"),
        ("/stage-throttled", None, 2, "Too Many Requests", "TooManyRequestsException"),
        ("/key", rest_lab.QUOTA_KEY, 3, "Limit Exceeded", "LimitExceededException"),
    ],
    ids=["plan", "stage", "quota"],
)
def test_limits_are_exact(rest: Rest, path: str, key: str | None, allowed: int, message: str, kind: str) -> None:  # noqa: PLR0917
    """As many as the plan's burst, the stage's burst or the quota says, then 429."""
    headers = {"x-api-key": key} if key else {}
    answers = [rest.send("GET", path, headers=headers) for _ in range(allowed + 2)]

    assert [answer.status_code for answer in answers] == [200] * allowed + [429] * 2
    expect(answers[-1], 429, missing(message), kind)


def test_a_plans_limit_of_one_method(rest: Rest) -> None:
    """The method has its own bucket: one request; /both, which the plan limits nowhere, goes on."""
    headers = {"x-api-key": rest_lab.METHOD_KEY}
    answers = [rest.send("GET", "/key", headers=headers) for _ in range(2)]

    assert answers[0].status_code == 200
    assert answers[0].json()["requestContext"]["identity"]["apiKeyId"] == "method"
    expect(answers[1], 429, missing("Too Many Requests"), "TooManyRequestsException")


def test_a_body_that_does_not_fit_its_model(rest: Rest) -> None:
    """400 Invalid request body: wrong, not JSON, empty, which counts as {}."""
    for body in ('{"n": 0}', '{"n": "1"}', "{", ""):
        answer = rest.send("POST", "/body", content=body)
        expect(answer, 400, missing("Invalid request body"), "BadRequestException")
    assert rest.send("POST", "/body", content='{"n": 1}').status_code == 200


def test_parameters_that_are_missing(rest: Rest) -> None:
    """400 naming them, headers before query parameters, each in alphabetical order; the body is not looked at."""
    answer = rest.send("POST", "/valid?qs1=", content="garbage")
    named = "Missing required request parameters: [x-header-param, issuer, qs1]"
    expect(answer, 400, missing(named), "BadRequestException")


def test_a_content_type_without_template(rest: Rest) -> None:
    """415 where nothing may pass; charset does not matter, and none at all is application/json."""
    answer = rest.send("POST", "/never", content="x", headers={"Content-Type": "text/plain"})
    expect(answer, 415, missing("Unsupported Media Type"), "BadRequestException")
    for headers in ({"Content-Type": "application/json; charset=utf-8"}, {}):
        assert rest.send("POST", "/never", content="{}", headers=headers).status_code == 200


def test_a_body_of_more_than_ten_mebibytes(rest: Rest) -> None:
    """10,485,760 bytes pass, one more is 413 in plain text, declared or streamed."""
    fits = rest.send("POST", "/big", content=b"x" * MAX_BODY, headers={"Content-Type": "text/plain"})
    assert (fits.status_code, fits.text) == (200, str(MAX_BODY))
    for content in (b"x" * (MAX_BODY + 1), (b"x" * 1_048_576 for _ in range(11))):
        with httpx.Client(base_url=rest.address, timeout=30, trust_env=False) as http:
            try:
                answer = http.post("/shop/dev/big", content=content)
            except httpx.NetworkError:  # hung up on while it was still sending: refused, and not read
                continue
        assert (answer.status_code, answer.text) == (413, "HTTP content length exceeded 10485760 bytes.")
        assert answer.headers["x-amzn-ErrorType"] == "RequestTooLargeException"


def test_an_integration_that_is_slow_or_away(rest: Rest) -> None:
    """504: slower than its timeout, nobody there, hung up."""
    internal = "InternalServerErrorException"
    expect(rest.send("GET", "/slow"), 504, missing("Endpoint request timed out"), internal)
    for path in ("/unreachable", "/hang-up"):
        expect(rest.send("GET", path), 504, missing("Network error communicating with endpoint"), internal)


@pytest.mark.parametrize("path", ["/missing-function", "/wrong-verb", "/no-response", "/bad-mapping"])
def test_an_api_that_is_wrong(rest: Rest, path: str) -> None:
    """500: no such function, a function by GET, no integration response at all, a header that may not be mapped."""
    expect(rest.send("GET", path), 500, missing("Internal server error"), "InternalServerErrorException")


def test_a_method_arn_that_is_too_long(rest: Rest) -> None:
    """414 beyond 1600 bytes."""
    assert rest.send("GET", "/proxy/" + "x" * 1500).status_code == 200
    assert rest.send("GET", "/proxy/" + "x" * 1600).status_code == 414


def test_headers_that_are_too_long(rest: Rest) -> None:
    """431 beyond 10,240 bytes of request line and header values together."""
    assert rest.send("GET", "/mock", headers={"X-Pad": "x" * 9000}).status_code == 200
    refused = rest.send("GET", "/mock", headers={"X-Pad": "x" * 9000, "X-More": "x" * 1240})
    expect(refused, 431, missing("Request Header Fields Too Large"), "RequestHeaderFieldsTooLargeException")


# --- AWS_IAM


def signed_request(rest: Rest, secret: str, key: str = "test", **more: Any) -> httpx.Response:
    verb, path, body = more.pop("verb", "GET"), more.pop("path", "/iam?b=2&a=1%2F&c="), more.pop("body", b"")
    request = AWSRequest(verb, f"{rest.address}/shop/dev{path}", data=body, headers={"Host": rest.address[7:]})
    SigV4Auth(
        Credentials(key, secret, more.pop("token", None)),
        more.pop("service", "execute-api"),
        more.pop("region", "us-east-1"),
    ).add_auth(request)
    return rest.send(verb, path, headers={**dict(request.headers.items()), **more}, content=more.pop("sent", body))


def test_an_unsigned_request_to_an_iam_method(rest: Rest) -> None:
    """403 Missing Authentication Token."""
    expect(rest.send("GET", "/iam"), 403, missing(), "MissingAuthenticationTokenException")
    answer = rest.send("GET", "/iam", headers=STRANGER)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (403, "IncompleteSignatureException")


def test_a_signature_that_is_right_wrong_or_of_nobody(rest: Rest) -> None:
    """200 with the caller in requestContext.identity; 403 InvalidSignature; 403 UnrecognizedClient."""
    good = signed_request(rest, "test")
    assert good.status_code == 200, good.text
    assert good.json()["requestContext"]["identity"]["accessKey"] == "test"
    for wrong in (
        signed_request(rest, "guess"),
        signed_request(rest, "test", service="sqs"),
        signed_request(rest, "test", region="eu-west-1"),
        signed_request(rest, "test", verb="POST", path="/iam", body=b"{}", sent=b"[]"),
    ):
        assert (wrong.status_code, wrong.headers["x-amzn-ErrorType"]) == (403, "InvalidSignatureException"), wrong.text
    assert (
        signed_request(rest, "guess").json()["message"].startswith("The request signature we calculated does not match")
    )
    nobody = signed_request(rest, "x", key="AKIANOBODY")
    expect(
        nobody, 403, missing("The security token included in the request is invalid."), "UnrecognizedClientException"
    )


def test_keys_that_the_emulator_handed_out_are_known(rest: Rest) -> None:
    """A user's access key, and a session's with its token: who it is reaches the function."""
    iam, sts = rest.boto("iam"), rest.boto("sts")
    iam.create_user(UserName="rest-rows")
    key = iam.create_access_key(UserName="rest-rows")["AccessKey"]
    session = sts.assume_role(RoleArn="arn:aws:iam::000000000000:role/rest-rows", RoleSessionName="me")["Credentials"]

    user = signed_request(rest, key["SecretAccessKey"], key["AccessKeyId"]).json()
    role = signed_request(
        rest, session["SecretAccessKey"], session["AccessKeyId"], token=session["SessionToken"]
    ).json()
    assert user["requestContext"]["identity"]["userArn"] == "arn:aws:iam::000000000000:user/rest-rows"
    assert role["requestContext"]["identity"]["userArn"].endswith("assumed-role/rest-rows/me")
    without = signed_request(rest, session["SecretAccessKey"], session["AccessKeyId"])
    assert without.headers["x-amzn-ErrorType"] == "UnrecognizedClientException"


# --- gateway responses of one's own


def test_gateway_responses_of_ones_own(rest: Rest) -> None:
    """A type's own status, headers and template; DEFAULT_5XX's status replaces that of every unspecialised 5xx."""
    unknown = rest.http.get("/cors/dev/nope?q=7")
    request_id = unknown.headers["x-amzn-RequestId"]
    assert (unknown.status_code, unknown.json()) == (404, {"type": "MISSING_AUTHENTICATION_TOKEN", "#set": request_id})
    assert (unknown.headers["X-Path"], unknown.headers["X-Query"]) == ("/dev/nope", "7")
    slow = rest.http.get("/cors/dev/slow")
    assert (slow.status_code, slow.json()) == (503, {"sorry": "Endpoint request timed out"})


# --- what functions behind AWS_PROXY return


@pytest.mark.parametrize(
    ("returned", "status", "body"),
    [
        ('{"statusCode": 200}', 200, ""),
        ('{"headers": {"X-A": "1"}}', 200, ""),
        ('{"statusCode": "201"}', 201, ""),
        ('{"statusCode": 200, "headers": null, "multiValueHeaders": null, "body": null}', 200, ""),
        ('{"statusCode": 200, "body": "text"}', 200, "text"),
        ('{"statusCode": 200, "headers": {"X-A": true}}', 200, ""),
        ('{"statusCode": 200, "body": "aGk=", "isBase64Encoded": true}', 200, "aGk="),
        ('{"statusCode": "test"}', 502, None),
        ('{"statusCode": 200, "wrongValue": 1}', 502, None),
        ('"text"', 502, None),
        ("[]", 502, None),
        ("7", 502, None),
        ("null", 502, None),
        ("not json", 502, None),
        ('{"headers": {"X-A": []}}', 502, None),
        ('{"headers": {"X-A": {}}}', 502, None),
        ('{"multiValueHeaders": {"X-A": "1"}}', 502, None),
    ],
)
def test_what_a_proxy_function_returns(rest: Rest, returned: str, status: int, body: str | None) -> None:
    """Each row of AWS's table: what is no response is 502."""
    answer = rest.send("POST", "/result", content=returned)
    if body is None:
        expect(answer, status, missing("Internal server error"), "InternalServerErrorException")
    else:
        assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (status, body, "application/json")
        assert answer.headers["X-Amzn-Trace-Id"].startswith("Root=1-")
        assert ("X-A" not in returned) or answer.headers["X-A"] in {"1", "true"}


def test_a_header_in_both_maps_is_sent_twice_multi_first(rest: Rest) -> None:
    """And the casing of the multi-value map wins; base64 is decoded for those who accept the binary type."""
    both = {"headers": {"x-both": "solo"}, "multiValueHeaders": {"X-Both": ["multi"]}}
    assert rest.send("POST", "/result", json=both).headers["X-Both"] == "multi, solo"
    picture = {"body": "iVBORw==", "isBase64Encoded": True, "headers": {"Content-Type": "image/png"}}
    assert rest.send("POST", "/result", json=picture, headers={"Accept": "image/png"}).content == b"\x89PNG"
    assert rest.send("POST", "/result", json=picture).content == b"iVBORw=="


def test_a_proxy_function_that_raises_or_is_slow(rest: Rest) -> None:
    """502 Internal server error."""

    def fail(_event: Any) -> Any:
        raise RuntimeError("no")

    rest.stub.functions["proxy"] = fail
    try:
        expect(rest.send("GET", "/proxy"), 502, missing("Internal server error"), "InternalServerErrorException")
    finally:
        rest.stub.functions["proxy"] = proxy
