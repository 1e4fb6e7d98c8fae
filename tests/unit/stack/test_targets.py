"""The table of which service answers where, and the variables that come of it."""

from dataclasses import replace

import pytest

from cloud import clients
from stack import targets
from stack.processes import Processes
from stack.settings import Settings, resolved
from stack.targets import GATEWAY, IDENTITY, LOCALSTACK, MINISTACK, WORKER

LOCAL = resolved(Settings(), "local")
DOCKER = resolved(Settings(), "docker")
ALL_LOCALSTACK = resolved(Settings(emulator="localstack"), "docker")
ALL_MINISTACK = resolved(Settings(emulator="ministack"), "docker")
EVERY = (LOCAL, DOCKER, ALL_LOCALSTACK, ALL_MINISTACK)


@pytest.mark.parametrize("settings", EVERY)
def test_lambda_cognito_and_api_gateway_are_ours_everywhere(settings: Settings) -> None:
    """No emulator runs functions, serves APIs, or says who may come in."""
    who = targets.answerers(settings)

    assert (who["LAMBDA"], who["API_GATEWAY"]) == (WORKER, GATEWAY)
    assert (who["COGNITO_IDENTITY_PROVIDER"], who["COGNITO_IDENTITY"]) == (IDENTITY, IDENTITY)


def test_without_docker_ministack_is_all_that_is_not_ours() -> None:
    """Target local knows one emulator, on one port."""
    variables = targets.environment(LOCAL, targets.on_this_machine(LOCAL))
    endpoints = {name: value for name, value in variables.items() if name.startswith("AWS_ENDPOINT_URL")}

    assert endpoints == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://127.0.0.1:4568",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY": "http://127.0.0.1:4568",
        "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:8001",
        "AWS_ENDPOINT_URL_API_GATEWAY": "http://127.0.0.1:8000",
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": "http://127.0.0.1:8000",
        "AWS_ENDPOINT_URL_ATHENA": "http://127.0.0.1:4569",
        "AWS_ENDPOINT_URL_KINESIS_ANALYTICS_V2": "http://127.0.0.1:4570",
    }


def test_in_docker_what_a_score_passes_through_is_ministack_s() -> None:
    """LocalStack serves what it need not keep; containers know each other by name."""
    variables = targets.endpoints(DOCKER, targets.in_the_network(DOCKER))

    assert variables == {
        "AWS_ENDPOINT_URL": "http://localstack:4566",
        "AWS_ENDPOINT_URL_KINESIS": "http://ministack:4567",
        "AWS_ENDPOINT_URL_SSM": "http://ministack:4567",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://ministack:4567",
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": "http://ministack:4567",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://identity:4568",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY": "http://identity:4568",
        "AWS_ENDPOINT_URL_LAMBDA": "http://worker:8001",
        "AWS_ENDPOINT_URL_API_GATEWAY": "http://gateway:8000",
        "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": "http://gateway:8000",
        "AWS_ENDPOINT_URL_ATHENA": "http://query:4569",
        "AWS_ENDPOINT_URL_KINESIS_ANALYTICS_V2": "http://analytics:4570",
        "AWS_ENDPOINT_URL_GLUE": "http://ministack:4567",
    }


def test_localstack_alone_leaves_cognito_to_us_unless_licensed() -> None:
    """Its community edition has no Cognito; with a token it has."""
    licensed = replace(ALL_LOCALSTACK, licensed=True)

    assert targets.answerers(ALL_LOCALSTACK)["COGNITO_IDENTITY_PROVIDER"] == IDENTITY
    assert targets.answerers(licensed)["COGNITO_IDENTITY_PROVIDER"] == LOCALSTACK
    assert "cognito-idp" in targets.localstack_services(licensed)


def test_ministack_alone_has_the_emulator_s_usual_port() -> None:
    """With EMULATOR=ministack tools find the emulator on 4566, as ever, and LocalStack serves nothing."""
    assert targets.on_this_machine(ALL_MINISTACK)[MINISTACK] == "http://127.0.0.1:4566"
    assert targets.on_this_machine(DOCKER)[MINISTACK] == "http://127.0.0.1:4567"
    assert targets.localstack_services(ALL_MINISTACK) == ""


def test_localstack_keeps_its_port_inside_the_network() -> None:
    """Its image listens on 4566, whatever port of this machine leads to it."""
    moved = replace(DOCKER, ports=replace(DOCKER.ports, emulator=14566))

    assert targets.in_the_network(moved)[LOCALSTACK] == "http://localstack:4566"
    assert targets.on_this_machine(moved)[LOCALSTACK] == "http://127.0.0.1:14566"


def test_localstack_is_asked_for_what_it_serves_by_its_own_names() -> None:
    """SERVICES has LocalStack's spelling, and by default nothing that MiniStack keeps."""
    names = targets.localstack_services(DOCKER).split(",")

    assert {"s3", "sqs", "sns", "events", "logs", "cloudwatch", "iam", "sts"} == set(names)


@pytest.mark.parametrize(
    ("settings", "pause", "idle"), [(LOCAL, "200", "200"), (DOCKER, "200", "200"), (ALL_LOCALSTACK, "500", "1000")]
)
def test_shards_are_polled_by_what_a_poll_costs(settings: Settings, pause: str, idle: str) -> None:
    """LocalStack's polls cost several times MiniStack's, so its idle shards are asked less often than its busy ones."""
    environ = targets.environment(settings, targets.in_the_network(settings))

    assert (environ["FOGBANK_POLL_INTERVAL_MS"], environ["FOGBANK_IDLE_POLL_INTERVAL_MS"]) == (pause, idle)


def test_boxes_reach_the_emulator_through_a_proxy_where_there_is_one() -> None:
    """The boxes alone: the front door and the tools on this machine see the emulator itself."""
    proxied = replace(LOCAL, emulator_proxy=9)

    assert Processes(proxied).environment({})["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert targets.on_this_machine(proxied) == targets.on_this_machine(LOCAL)


def test_clocks_can_be_set_wrong_in_fault_runs_only() -> None:
    """What runs before a box's own code is on its path there, and nowhere else."""
    wrong = {"FOGBANK_CLOCKS", "PYTHONPATH"}

    assert wrong <= set(Processes(replace(LOCAL, emulator_proxy=9)).environment({}))
    assert not wrong & set(Processes(LOCAL).environment({"PYTHONPATH": "/somewhere"}))


def test_the_region_is_the_clients_default() -> None:
    """A client that is told no region reaches the same one."""
    assert clients.DEFAULT_REGION == targets.REGION


def test_the_table_has_a_row_for_each_service_and_a_reason_in_it() -> None:
    """What the README shows is whole."""
    rows = targets.markdown().splitlines()[2:]

    assert [service.name for service in targets.SERVICES] == [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert all(service.why for service in targets.SERVICES)


def test_text_is_utf_8_whatever_the_caller_s_locale() -> None:
    """MiniStack reads its files in the locale's encoding: under Latin-1, text came back wrong after a restart."""
    environ = Processes(LOCAL).environment({"LC_ALL": "de_DE.ISO-8859-1", "PYTHONUTF8": "0"})

    assert environ["PYTHONUTF8"] == "1"
