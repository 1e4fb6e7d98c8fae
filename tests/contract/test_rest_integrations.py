"""What stands behind methods, over real sockets: HTTP backends, AWS's services on the emulator, functions."""

import json
from typing import Any

import pytest

from cloud.wait import until
from tests.contract.rest_stack import Rest

pytestmark = pytest.mark.emulator


@pytest.mark.parametrize(("backend", "status"), [("200", 200), ("404", 418), ("500", 200), ("302", 200)])
def test_an_integration_response_is_chosen_by_the_whole_status(rest: Rest, backend: str, status: int) -> None:
    """4\\\\d{2} matches 404; 5 matches no 500, so that its error reaches the client with the default's 200."""
    answer = rest.send("GET", f"/http/{backend}")

    assert (answer.status_code, answer.json()["status"]) == (status, int(backend))
    assert answer.headers["X-Amzn-Trace-Id"].startswith("Root=1-")


def test_what_a_backend_is_sent(rest: Rest) -> None:
    """The gateway's own User-Agent and Accept unless a proxy's client has them; hop-by-hop headers are dropped."""
    rest.send("GET", "/http/200", headers={"User-Agent": "mine"})
    mapped = {name.lower(): value for name, value in rest.stub.requests[-1]["headers"]}
    assert (mapped["user-agent"], mapped["accept"]) == ("AmazonAPIGateway_shop", "application/json")

    headers = {"X-Own": "1", "Expect-Not": "2", "Max-Forwards": "3", "TE": "trailers", "Accept": "text/x"}
    rest.send("PUT", "/passed/a%20b/c?x=1&x=2&y=", headers=headers, content=b"body")
    seen = rest.stub.requests[-1]
    passed = {name.lower(): value for name, value in seen["headers"]}
    assert (seen["method"], seen["path"], seen["body"]) == ("PUT", "/a%20b/c?x=1&x=2&y=", "body")
    assert (passed["x-own"], passed["accept"], passed["host"]) == ("1", "text/x", rest.stub.address[7:])
    assert passed["x-amzn-trace-id"].startswith("Root=1-")
    assert not {"max-forwards", "te"} & passed.keys()


def test_a_proxys_response_passes_with_its_forbidden_headers_renamed(rest: Rest) -> None:
    """Connection, Content-Length, Date and Server of the backend come as x-amzn-Remapped-..."""
    answer = rest.send("GET", "/passed/status/503")

    assert (answer.status_code, answer.headers["X-Backend"]) == (503, "yes")
    assert answer.headers["x-amzn-Remapped-Server"] == "stub"
    assert "x-amzn-Remapped-Content-Length" in answer.headers


def test_a_function_behind_a_mapping(rest: Rest) -> None:
    """The body is the event; patterns look at errorMessage; an error that none matches is the default's 200."""
    fine = rest.send("POST", "/custom", json={"a": 1})
    missing = rest.send("POST", "/custom", json={"fail": "there is no such gamer here"})
    other = rest.send("POST", "/custom", json={"fail": "else"})

    assert (fine.status_code, fine.json()) == (200, {"got": {"a": 1}})
    assert (missing.status_code, other.status_code) == (404, 200)
    assert other.json() == {"errorMessage": "else", "errorType": "RuntimeError"}


def test_kinesis_and_dynamodb_take_what_templates_write(rest: Rest) -> None:
    """X-Amz-Target and the JSON content type come from the action; a template's base64 is the record."""
    kinesis, dynamodb = rest.boto("kinesis"), rest.boto("dynamodb")
    kinesis.create_stream(StreamName="rest-rows", ShardCount=1)
    dynamodb.create_table(
        TableName="rest-rows",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put = until(lambda: (a := rest.send("POST", "/kinesis", content='{"é": 1}')).json().get("ShardId") and a, 60)
    shard = put.json()["ShardId"]
    start = kinesis.get_shard_iterator(StreamName="rest-rows", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
    assert records[-1]["Data"] == '{"é": 1}'.encode()
    assert rest.send("POST", "/dynamodb", json={"id": "seven"}).json() == {}
    assert dynamodb.get_item(TableName="rest-rows", Key={"Id": {"S": "seven"}})["Item"] == {"Id": {"S": "seven"}}


def test_a_services_error_with_only_a_default_is_200(rest: Rest) -> None:
    """A trap of AWS's: the error's body reaches the client as if all were well."""
    answer = rest.send("GET", "/trap")

    assert answer.status_code == 200
    assert "ResourceNotFoundException" in answer.json()["__type"]


def test_sqs_and_sns_over_query_answer_in_json(rest: Rest) -> None:
    """path/<account>/<queue> with a form, action/Publish with query parameters; XML reaches the client as JSON."""
    sqs, sns = rest.boto("sqs"), rest.boto("sns")
    url = sqs.create_queue(QueueName="rest-rows")["QueueUrl"]
    sns.create_topic(Name="rest-rows")
    sent = rest.send("POST", "/sqs", content="a&b=ü").json()
    published = rest.send("POST", "/sns", json={"message": "hello"}).json()

    assert sent["SendMessageResponse"]["SendMessageResult"]["MessageId"]
    assert published["PublishResponse"]["PublishResult"]["MessageId"]
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert message["Body"] == "a&b=ü"


def test_ssm_answers_in_querys_form(rest: Rest) -> None:
    """GetParameterResponse around GetParameterResult."""
    rest.boto("ssm").put_parameter(Name="/rest-rows/value", Value="v", Type="String")
    answer = rest.send("GET", "/ssm").json()["GetParameterResponse"]

    assert answer["GetParameterResult"]["Parameter"]["Value"] == "v"
    assert answer["ResponseMetadata"]["RequestId"]


def test_s3_by_path(rest: Rest) -> None:
    """Objects are put and read through mapped path parameters, binary ones whole."""
    rest.boto("s3").create_bucket(Bucket="rest-rows")
    picture = bytes(range(256))
    headers = {"Content-Type": "image/png", "Accept": "image/png"}
    put = rest.send("PUT", "/s3/a%20b.png", content=picture, headers=headers)
    got = rest.send("GET", "/s3/a%20b.png", headers={"Accept": "image/png"})

    assert (put.status_code, got.status_code) == (200, 200)
    assert rest.boto("s3").get_object(Bucket="rest-rows", Key="a b.png")["Body"].read() == picture
    assert got.content == picture
    assert rest.send("GET", "/s3/nothing").status_code == 404


def test_step_functions_start(rest: Rest) -> None:
    """states:action/StartExecution reaches the service under the name that signatures carry."""
    states = rest.boto("stepfunctions")
    definition = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    arn = states.create_state_machine(
        name="rest-rows", definition=definition, roleArn="arn:aws:iam::000000000000:role/x"
    )
    answer = rest.send("POST", "/states", json={}).json()

    assert arn["stateMachineArn"].endswith("stateMachine:rest-rows")
    assert answer["executionArn"].startswith("arn:aws:states:us-east-1:000000000000:execution:rest-rows:")


def test_the_response_cache_answers_without_the_function(rest: Rest) -> None:
    """Of the stage's cluster, for the method whose settings enable it."""
    rest.send("GET", "/cached")
    asked = len(rest.stub.invoked("proxy"))
    again = rest.send("GET", "/cached")

    assert (again.status_code, len(rest.stub.invoked("proxy"))) == (200, asked)


# --- events


def test_the_event_has_every_key_and_null_where_there_is_nothing(rest: Rest) -> None:
    """Byte-faithful in keys and nulls; authorizer is absent where there is none."""
    event = rest.send("GET", "/proxy/").json()

    assert event.keys() == {
        "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body",
        "isBase64Encoded",
    }  # fmt: skip
    context = event["requestContext"]
    assert context.keys() == {
        "accountId", "apiId", "deploymentId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod",
        "identity", "path", "protocol", "requestId", "requestTime", "requestTimeEpoch", "resourceId", "resourcePath",
        "stage",
    }  # fmt: skip
    assert context["identity"].keys() == {
        "accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
        "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "sourceIp", "user", "userAgent", "userArn",
    }  # fmt: skip
    nulls = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body")
    assert [event[name] for name in nulls] == [None] * 4
    assert (event["path"], context["path"], event["isBase64Encoded"]) == ("/proxy/", "/dev/proxy/", False)
    assert (context["protocol"], event["stageVariables"]["fn"]) == ("HTTP/1.1", "proxy")


def test_the_event_of_a_full_request(rest: Rest) -> None:
    """Last duplicates win, multi-value maps keep all; parameters are decoded; binary bodies are base64."""
    answer = rest.send(
        "POST",
        "/proxy/a%20b/c?x=1&x=2&e=",
        content=b"\x89PNG",
        headers=[("Content-Type", "image/png"), ("X-Two", "1"), ("X-Two", "2"), ("X-Forwarded-For", "1.2.3.4")],
    )
    event: dict[str, Any] = answer.json()

    assert (event["queryStringParameters"], event["pathParameters"]) == ({"x": "2", "e": ""}, {"rest": "a b/c"})
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "e": [""]}
    assert (event["headers"]["X-Two"], event["multiValueHeaders"]["X-Two"]) == ("2", ["1", "2"])
    assert (event["body"], event["isBase64Encoded"]) == ("iVBORw==", True)
    assert event["headers"]["X-Forwarded-For"] == "1.2.3.4, 127.0.0.1"
    assert event["headers"]["X-Amzn-Trace-Id"].startswith("Root=1-")


def test_powertools_resolver_runs_unchanged(rest: Rest) -> None:
    """Routes, typed events, several values of a header, its own 404."""
    got = rest.send("GET", "/powertools/gamers/ada%20l?x=1", headers={"User-Agent": "test"})
    made = rest.send("POST", "/powertools/gamers", json={"n": 1})

    assert got.json() == {"name": "ada l", "query": {"x": "1"}, "agent": "test", "ip": "127.0.0.1", "stage": "dev"}
    assert (made.status_code, made.json(), made.headers["X-Made"]) == (201, {"made": {"n": 1}}, "a, b")
    for path in ("/powertools/nobody", "/powertools/nowhere"):
        assert rest.send("GET", path).status_code == 404
