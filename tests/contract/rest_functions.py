"""The functions behind the REST tests' lab: authorizers, proxies, and other people's resolver."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from tests.contract.rest_stub import Function

app = APIGatewayRestResolver(strip_prefixes=["/powertools"])


def policy(effect: str, resource: str) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def judge(event: Any) -> Any:
    """The authorizer function: what it is told to say stands in the token."""
    word = event.get("authorizationToken") or event["queryStringParameters"]["why"]
    arn = event["methodArn"]
    if word == "unauthorized":
        raise RuntimeError("Unauthorized")
    if word == "broken":
        raise RuntimeError("something else")
    said = {
        "no-principal": {"policyDocument": policy("Allow", "*")},
        "no-policy": {"principalId": "u"},
        "listed": {"principalId": "u", "policyDocument": policy("Allow", "*"), "context": {"a": [1]}},
        "deny": {"principalId": "u", "policyDocument": policy("Deny", "*")},
        "elsewhere": {"principalId": "u", "policyDocument": policy("Allow", arn + "/not/this")},
    }
    context = {"text": "a", "number": 7, "truth": True}
    return said.get(word, {"principalId": "u-1", "policyDocument": policy("Allow", arn), "context": context})


def proxy(event: Any) -> Any:
    return {"statusCode": 200, "body": json.dumps(event)}


def custom(event: Any) -> Any:
    if event.get("fail"):
        raise RuntimeError(event["fail"])
    return {"got": event}


def result(event: Any) -> Any:
    """Returns what the request's body says: the function's result, byte by byte."""
    return event["body"].encode()


@app.get("/gamers/<name>")
def gamer(name: str) -> dict[str, Any]:
    event: APIGatewayProxyEvent = app.current_event
    return {
        "name": name,
        "query": event.query_string_parameters,
        "agent": event.headers["user-agent"],
        "ip": event.request_context.identity.source_ip,
        "stage": event.request_context.stage,
    }


@app.post("/gamers")
def create() -> Response[str]:
    return Response(201, "application/json", json.dumps({"made": app.current_event.json_body}), {"X-Made": ["a", "b"]})


@app.get("/nobody")
def nobody() -> None:
    raise NotFoundError("nobody here")


def powertools(event: Any) -> Any:
    """Powertools' resolver, unchanged."""
    return app.resolve(event, None)  # type: ignore[arg-type] # it needs no Lambda context


FUNCTIONS: dict[str, Function] = {
    "judge": judge,
    "proxy": proxy,
    "custom": custom,
    "result": result,
    "powertools": powertools,
    "length": lambda event: {"statusCode": 200, "body": str(len(event["body"]))},
}
