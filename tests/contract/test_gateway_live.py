"""The gateway over real sockets, in front of an emulator with a real user pool and a real stream."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import httpx
import pytest
from botocore.exceptions import ClientError

from cloud.wait import until
from labs import declare
from services.gateway.catalogue import read_document
from services.gateway.substitution import substitute
from tests.contract.gateway_stack import (
    POST,
    Cloud,
    answers,
    build_cloud,
    emulator_client,
    gateway,
    ministack,
    open_session,
)
from tests.ports import free_port

pytestmark = pytest.mark.emulator

OUTPUTS_MISSING = [
    "parameter /fogbank/alien-attack/outputs",
    "WebSocket API of alien-attack: no parameter /fogbank/alien-attack/outputs",
    "WebSocket API of wild-rydes: no parameter /fogbank/wild-rydes/outputs",
]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with ministack() as address:
        yield build_cloud(address)


@pytest.fixture(scope="module")
def address(cloud: Cloud) -> Iterator[str]:
    with gateway(cloud) as served:
        health = httpx.get(f"{served}/health", timeout=30)
        assert (health.status_code, health.json()["missing"]) == (503, OUTPUTS_MISSING)
        cloud.publish_outputs()
        until(lambda: answers(f"{served}/health"), 60, what="a healthy gateway")
        yield served


@pytest.fixture(scope="module")
def tokens(cloud: Cloud) -> dict[str, str]:
    return cloud.sign_in("ada")


def post(address: str, token: str | None, body: Any = POST) -> httpx.Response:
    headers = {"Authorization": token} if token else {}
    return httpx.post(f"{address}/alien-attack/prod/v1/updatestatus", json=body, headers=headers, timeout=30)


def test_an_authenticated_put_lands_in_the_stream_under_the_callers_own_name(
    cloud: Cloud, address: str, tokens: dict[str, str]
) -> None:
    """The partition key is the verified name, whatever the body says; any Unicode name arrives whole."""
    open_session(address, "S1")
    other = cloud.sign_in("Ünï-γ 🚀")["IdToken"]
    first = post(address, tokens["IdToken"], {**POST, "Score": 11, "Nickname": "linus"})
    second = post(address, other, {**POST, "Score": 12})
    found = {r["SequenceNumber"]: (r["PartitionKey"], json.loads(r["Data"])["Score"]) for r in cloud.records()}

    assert (first.status_code, second.status_code) == (200, 200)
    assert found[first.json()["SequenceNumber"]] == ("ada", 11)
    assert found[second.json()["SequenceNumber"]] == ("Ünï-γ 🚀", 12)


def test_concurrent_puts_are_coalesced_and_each_gets_its_own_sequence_number(
    cloud: Cloud, address: str, tokens: dict[str, str]
) -> None:
    """Two hundred at once: far fewer calls, two hundred different answers, every record in the stream."""
    open_session(address, "S1")
    calls = metric(address, "fogbank_gateway_batch_records_count")
    answers_ = asyncio.run(many(address, tokens["IdToken"], 200))
    stored = {r["SequenceNumber"]: json.loads(r["Data"])["Score"] for r in cloud.records()}

    assert {status for status, _, _ in answers_} == {200}
    assert len({number for _, number, _ in answers_}) == 200
    assert all(stored[number] == score for _, number, score in answers_)
    assert metric(address, "fogbank_gateway_batch_records_count") - calls < 100


async def many(address: str, token: str, count: int) -> list[tuple[int, str, int]]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(score: int) -> tuple[int, str, int]:
            url = f"{address}/alien-attack/prod/v1/updatestatus"
            async with session.post(url, json={**POST, "Score": score}, headers={"Authorization": token}) as answer:
                return answer.status, (await answer.json())["SequenceNumber"], score

        return await asyncio.gather(*(one(1000 + i) for i in range(count)))


def metric(address: str, name: str) -> float:
    lines = httpx.get(f"{address}/metrics", timeout=30).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_the_gate_flips_with_the_stage_variable_and_a_refused_post_writes_nothing(
    cloud: Cloud, address: str, tokens: dict[str, str]
) -> None:
    """UpdateStage by boto3 is in force with its answer; a closed or unknown session is 422."""
    open_session(address, "S1")
    assert post(address, tokens["IdToken"]).status_code == 200
    assert post(address, tokens["IdToken"], {**POST, "SessionId": "S2"}).status_code == 422
    open_session(address, "none")
    before = len(cloud.records())
    closed = post(address, tokens["IdToken"])

    assert (closed.status_code, closed.json()["errorCode"]) == (422, "SessionNotOpen")
    assert len(cloud.records()) == before
    stage = emulator_client("apigateway", address).get_stage(restApiId="alien-attack", stageName="prod")
    assert stage["variables"]["openSession"] == "none"


def test_a_session_that_has_run_out_of_time_is_shut_out_by_the_gateways_own_clock(
    cloud: Cloud, address: str, tokens: dict[str, str]
) -> None:
    """Nobody needs to close it: a post in time is taken, a later one is 422 and nowhere."""
    open_session(address, "S1", until=int(time.time() * 1000) + 60_000)
    assert post(address, tokens["IdToken"]).status_code == 200
    open_session(address, "S1", until=int(time.time() * 1000) - 1)
    before = len(cloud.records())
    late = post(address, tokens["IdToken"])

    assert (late.status_code, late.json()["errorCode"]) == (422, "SessionNotOpen")
    assert len(cloud.records()) == before


def test_no_stage_and_no_good_value_are_aws_errors(address: str) -> None:
    """As boto3 raises them."""
    for arguments, code in (
        ({"restApiId": "nobody", "stageName": "prod"}, "NotFoundException"),
        ({"restApiId": "alien-attack", "stageName": "x"}, "NotFoundException"),
    ):
        with pytest.raises(ClientError) as caught:
            emulator_client("apigateway", address).get_stage(**arguments)
        assert caught.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError) as refused:
        open_session(address, "no blanks please")
    assert refused.value.response["Error"]["Code"] == "BadRequestException"


def test_bad_tokens_are_401_and_bad_bodies_4xx_and_nothing_is_written(
    cloud: Cloud, address: str, tokens: dict[str, str]
) -> None:
    """None, garbage, an access token; no JSON, a missing field, a wrong type, a negative score, one megabyte."""
    open_session(address, "S1")
    before = len(cloud.records())
    for token in (None, "garbage", tokens["AccessToken"], tokens["IdToken"][:-8]):
        answer = post(address, token)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, "*")
    wrong: list[Any] = [
        {},
        [],
        {**POST, "Score": -1},
        {**POST, "Score": "1"},
        {**POST, "X": 1},
        {**POST, "X": "x" * 10**6},
    ]
    for body in wrong:
        assert post(address, tokens["IdToken"], body).status_code == 400
    url, headers = f"{address}/alien-attack/prod/v1/updatestatus", {"Authorization": tokens["IdToken"]}
    assert httpx.post(url, content=b"{", headers=headers, timeout=30).status_code == 400
    assert (
        httpx.post(url, content=b"{}", headers={**headers, "Content-Type": "text/plain"}, timeout=30).status_code == 415
    )
    assert httpx.post(url, content=b"x" * 10_485_761, headers=headers, timeout=30).status_code == 413

    assert len(cloud.records()) == before


def test_the_other_routes_answer_as_documented(cloud: Cloud, address: str, tokens: dict[str, str]) -> None:
    """config without a token, the doubly encoded session, the board from the index, CORS for browsers."""
    base, headers = f"{address}/alien-attack/prod/v1", {"Authorization": tokens["IdToken"]}
    row = {"SessionId": {"S": "S9"}, "Nickname": {"S": "é\"'\\"}, "Rank": {"S": "1"}}
    numbers = {name: {"N": "7"} for name in ("Score", "Level", "Shots", "Lives")}
    cloud.boto("dynamodb").put_item(TableName="AlienAttackScoreboard", Item={**row, **numbers})
    config = httpx.get(f"{base}/config", timeout=30).json()
    session = httpx.get(f"{base}/session", headers=headers, timeout=30).json()
    board = httpx.get(f"{base}/scoreboard?sessionId=S9", headers=headers, timeout=30).json()
    preflight = httpx.options(f"{base}/updatestatus", headers={"Origin": "http://localhost:8080"}, timeout=30)

    assert {"Name", "Value"} == set(config["Parameters"][0])
    assert json.loads(session) is None
    assert board == {"Scoreboard": [{"Score": 7, "Level": 7, "Shots": 7, "Nickname": "é\"'\\", "Lives": 7}]}
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Methods"]) == (200, "POST,OPTIONS")


def test_a_foreign_page_is_refused(address: str) -> None:
    """The guard stands before everything, the control plane included."""
    for path in ("/alien-attack/prod/v1/config", "/restapis/alien-attack/stages/prod", "/health"):
        assert httpx.get(f"{address}{path}", headers={"Origin": "http://evil.example"}, timeout=30).status_code == 403


def test_a_second_replica_and_a_restart_know_the_stage_variable(cloud: Cloud, address: str) -> None:
    """It is kept in DynamoDB; another replica sees a change within its refresh."""
    open_session(address, "S1")
    with gateway(cloud) as other:
        until(lambda: answers(f"{other}/health"), 60, what="the second gateway")
        assert variables(other)["openSession"] == "S1"
        open_session(other, "S2")
        assert until(lambda: variables(address)["openSession"] == "S2", 60, what="the first replica to follow")


def variables(address: str) -> Any:
    return emulator_client("apigateway", address).get_stage(restApiId="alien-attack", stageName="prod")["variables"]


def test_without_the_emulator_callers_get_aws_errors_and_health_says_what_is_missing() -> None:
    """Started, served, then the emulator goes: no hang, 5xx with a body; it serves again when the emulator is back."""
    port = free_port()
    with ministack(port) as first:
        cloud = build_cloud(first)
        cloud.publish_outputs()
        token = cloud.sign_in("ada")["IdToken"]
        serving = gateway(cloud)
        address = serving.__enter__()
        until(lambda: answers(f"{address}/health"), 60, what="a healthy gateway")
        open_session(address, "S1")
        assert post(address, token).status_code == 200
    try:
        gone = post(address, token)
        assert (gone.status_code, gone.json()) == (504, {"message": "Network error communicating with endpoint"})
        assert gone.headers["Access-Control-Allow-Origin"] == "*"
        assert until(lambda: httpx.get(f"{address}/health", timeout=30).status_code == 503, 60, what="health to notice")
        with ministack(port) as second:
            cloud = build_cloud(second)
            cloud.publish_outputs()
            until(lambda: answers(f"{address}/health"), 60, what="the gateway to recover")
            assert post(address, token).status_code == 401  # the pool that signed it is gone
            assert post(address, cloud.sign_in("ada")["IdToken"]).status_code == 422  # and so is the open session
    finally:
        serving.__exit__(None, None, None)


def imported_resources(cloud: Cloud, document: Any) -> list[dict[str, Any]]:
    """What the emulator's API Gateway makes of a document, brought in as CloudFormation does it."""
    body = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": document}}
    stacks = cloud.boto("cloudformation")
    stacks.create_stack(StackName="imported", TemplateBody=json.dumps({"Resources": {"Api": body}}))
    stacks.get_waiter("stack_create_complete").wait(StackName="imported", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    api = stacks.describe_stack_resource(StackName="imported", LogicalResourceId="Api")["StackResourceDetail"]
    found = cloud.boto("apigateway").get_resources(restApiId=api["PhysicalResourceId"], embed=["methods"], limit=500)
    items: list[dict[str, Any]] = found["items"]
    return items


def test_the_labs_document_is_importable(cloud: Cloud) -> None:
    """An API Gateway other than ours takes it, with all its methods and authorizations."""
    document = read_document(declare.ROOT / "alien_attack" / "api.yaml")
    outputs = {**cloud.names, "ApiRole": {"Arn": "arn:aws:iam::000000000000:role/api"}}
    resources = imported_resources(cloud, substitute(document, outputs, "us-east-1"))
    imported = {
        (verb.lower(), item["path"]): given
        for item in resources
        for verb, given in item.get("resourceMethods", {}).items()
    }
    declared = {(verb, path) for path, item in document["paths"].items() for verb in item if verb != "parameters"}

    assert set(imported) == declared
    for (verb, path), given in imported.items():
        secured = "security" in document["paths"][path][verb]
        assert given["authorizationType"] == ("COGNITO_USER_POOLS" if secured else "NONE")
