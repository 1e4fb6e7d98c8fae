"""A WebSocket API whose functions run on the worker, and which speak to its clients with their own boto3."""

import asyncio
import json
from pathlib import Path

import pytest

from cloud.wait import until
from tests.contract.websocket_lab import FUNCTIONS
from tests.contract.websocket_stack import ask, gateway, opened, publish_outputs
from tests.contract.worker_stack import running
from tests.ports import free_port

pytestmark = pytest.mark.emulator

CODE = """
import json, os
import boto3

def handler(event, context):
    asked = event["requestContext"]
    who = asked.get("authorizer", {}).get("principalId")
    with open(os.environ["NOTES"], "ab", buffering=0) as notes:
        notes.write(json.dumps({"kind": asked["eventType"], "who": who}).encode() + b"\\n")
    if event.get("type") == "REQUEST":
        if event["queryStringParameters"]["token"] != "good":
            raise Exception("Unauthorized")
        allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
        return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [allow]}}
    if asked["routeKey"] == "say":
        address = f"http://{asked['domainName']}/{asked['stage']}"
        for where in ({"endpoint_url": address}, {}):
            client = boto3.client("apigatewaymanagementapi", **where)
            client.post_to_connection(ConnectionId=asked["connectionId"], Data=event["body"].upper().encode())
    return {"statusCode": 200, "body": json.dumps({"hello": who})}
"""


async def test_functions_on_the_worker_authorize_answer_and_post(tmp_path: Path) -> None:
    """By host and stage as events name them, and by boto3's variable; their own Unauthorized is the handshake's 401."""
    port = free_port()
    with running(tmp_path) as stack:
        (stack.code / "live.py").write_text(CODE)
        stack.environ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] = f"http://127.0.0.1:{port}"
        worker = await asyncio.to_thread(stack.worker)
        notes = {name: stack.function(name, Handler="live.handler", Timeout=20) for name in FUNCTIONS}
        emulator, lambda_api = f"http://127.0.0.1:{stack.emulator_port}", f"127.0.0.1:{worker.port}"
        publish_outputs(emulator)
        with gateway(emulator, lambda_api, tmp_path, FOGBANK_GATEWAY_PORT=str(port)) as served:
            address = f"{served.ws}/guarded/production?token="
            with pytest.raises(Exception, match="HTTP 401"):
                await opened(f"{address}bad")
            async with opened(f"{address}good") as socket:
                answered = await ask(socket, {"action": "ask"})
                await socket.send('{"action": "say"}')
                posted = [await asyncio.wait_for(socket.recv(), 30) for _ in range(2)]
            ended = until(notes["Disconnect"].entries, 60, what="$disconnect")

    assert answered == {"hello": "ada"}
    assert posted == ['{"ACTION": "SAY"}'] * 2
    assert json.dumps(ended) == json.dumps([{"kind": "DISCONNECT", "who": "ada"}])
