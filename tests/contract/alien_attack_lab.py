"""Alien Attack's functions against a real emulator, called as Lambda calls them: what the contract tests share.

The lab around them is deployed as on AWS: by CloudFormation, from the template that `bootstrap export` writes. Only the
functions themselves stay out of the stack: they run here. The gate is a stage of the emulator's own API Gateway.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.export import template
from bootstrap.resolve import Known, Place, resolved
from cloud.clients import client
from cloud.wait import until
from labs import declare
from labs.alien_attack import aws, board, seats
from labs.alien_attack.handlers import close_session, open_session
from labs.declare import Function
from tests.contract.bootstrap_stack import PATIENCE, Stack
from tests.unit.labs.records import body, record

LAB = declare.load("alien_attack")
SERVICES = ("dynamodb", "ssm", "sqs", "apigateway", "s3")

Handler = Callable[[Any, Any], Any]


@contextmanager
def deployed(folder: Path) -> Iterator[str]:
    """The lab in an emulator, the functions' environment; the id of the API."""
    stack = Stack(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environ.items():
            patch.setenv(name, value)
        try:
            stack.start("emulator")
            known = deploy()
            for name, value in environment(known).items():
                patch.setenv(name, value)
            yield known["Api"]["Ref"]
        finally:
            forget_clients()
            stack.close()


@contextmanager
def cleaned() -> Iterator[None]:
    """Afterwards no session is open or announced, and the queue is empty. Clients are the test's own."""
    forget_clients()
    yield
    call(close_session.handler, "boss", groups="Managers")
    announce(None)
    dead_letters()


def forget_clients() -> None:
    """Close the connections of the lab's clients: some tests listen to what these call."""
    for service in SERVICES:
        aws.client(service).close()
    aws.client.cache_clear()


def deploy() -> Known:
    """Create the stack; returns what its resources are called."""
    made = template(LAB)
    made.pop("Transform")  # what it stands for, functions, is left out
    made["Resources"] = {
        name: one
        for name, one in made["Resources"].items()
        if not any(kind in one["Type"] for kind in ("Serverless", "Lambda", "ApiGatewayV2"))
    }
    made["Resources"]["Gamers"]["Properties"].pop("LambdaConfig")
    made["Resources"]["WebSocketParameter"]["Properties"]["Value"] = "ws://localhost:8000/alien-attack-live/production"
    made["Outputs"].pop("LiveUrl")
    api = client("cloudformation")
    api.create_stack(StackName="lab", TemplateBody=json.dumps(made), Capabilities=["CAPABILITY_NAMED_IAM"])
    until(lambda: _stack_status() == "CREATE_COMPLETE", PATIENCE, what="the stack")
    resources = api.describe_stack_resources(StackName="lab")["StackResources"]
    known = {one["LogicalResourceId"]: {"Ref": one["PhysicalResourceId"]} for one in resources}
    known["Gamers"]["ProviderName"] = f"cognito-idp.us-east-1.amazonaws.com/{known['Gamers']['Ref']}"
    return {**known, "Live": {"ApiEndpoint": "ws://127.0.0.1:1/nobody"}}


def _stack_status() -> str:
    status = str(client("cloudformation").describe_stacks(StackName="lab")["Stacks"][0]["StackStatus"])
    assert "ROLLBACK" not in status
    return status


def environment(known: Known) -> dict[str, str]:
    environment: dict[str, str] = {}
    for function in LAB.of(Function):
        settings = resolved(replace(function, Policies=()), known, Place("us-east-1")).Environment
        environment |= {name: str(value) for name, value in settings.items()}
    return environment


def call(handler: Handler, who: str, wish: Any = None, *, groups: str = "Players", **query: str) -> tuple[int, Any]:
    """Call a function as the gateway does; returns the status and the body."""
    event = {
        "requestContext": {"authorizer": {"claims": {"cognito:username": who, "cognito:groups": groups}}},
        "queryStringParameters": query or None,
        "body": json.dumps(wish) if wish is not None else None,
    }
    answer = handler(event, None)
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    return answer["statusCode"], json.loads(answer["body"])


def opened(**wish: Any) -> str:
    """Open a session; returns its id."""
    status, session = call(open_session.handler, "boss", wish, groups="Managers")
    assert status == 200, session
    return str(session["SessionId"])


def closed() -> dict[str, Any]:
    """Close the session; returns it."""
    status, session = call(close_session.handler, "boss", groups="Managers")
    assert status == 200, session
    return dict(session)


def announce(session: Any) -> None:
    """Have gamers see this session, whatever the register says."""
    aws.client("ssm").put_parameter(
        Name="/alien-attack/session", Value=json.dumps(session), Type="String", Overwrite=True
    )


def seated(session_id: str) -> set[str]:
    """Who plays."""
    return set(seats.control(session_id)["Seats"])


def finished(session_id: str) -> set[str]:
    """Who has finished."""
    return set(seats.control(session_id).get("FinishedGamers", ()))


def batch(session_id: str, *posts: tuple[str, int, dict[str, Any]]) -> dict[str, Any]:
    """A batch of (gamer, sequence number, figures) that arrives now."""
    now = time.time()
    return {"Records": [record(who, at, body(SessionId=session_id, **figures), now) for who, at, figures in posts]}


def scores(session_id: str) -> dict[str, int]:
    """Nickname -> score."""
    return {row["Nickname"]: row["Score"] for row in board.gamers(session_id)}


def dead_letters() -> list[dict[str, Any]]:
    """Everything in the dead-letter queue, which is emptied."""
    queue, found = aws.setting("DLQ_URL"), []
    while messages := aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found
