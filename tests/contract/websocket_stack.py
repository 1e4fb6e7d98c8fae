"""What the WebSocket contract tests run on: an emulator's SSM and DynamoDB, a Lambda API whose functions are the test's
own, and gateways; on free ports."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import boto3
import httpx
from botocore.config import Config
from websockets.asyncio.client import ClientConnection, connect

from cloud.wait import until
from tests.contract.websocket_lab import FUNCTIONS
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
LAB = "tests.contract.websocket_lab"
Function = Callable[[Any], Any]


class Raised(Exception):
    """What a function raises: Lambda then answers with the error, and with a header that says so."""


@dataclass
class Functions:
    """Lambda's Invoke, and an HTTP backend: what it was asked, in order; what it does, by function name.

    A connection's end is told when it can be: that of an earlier test's may come during the next, and is none of its.
    """

    events: list[tuple[str, Any]] = field(default_factory=list)
    posted: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    doing: dict[str, Function] = field(default_factory=dict)
    former: set[str] = field(default_factory=set)
    lock: Any = field(default_factory=threading.Lock)

    def invoke(self, name: str, event: Any) -> tuple[dict[str, str], bytes]:
        """Headers and body of Lambda's answer."""
        with self.lock:
            if _connection(event) not in self.former:
                self.events.append((name, event))
        doing = self.doing.get(name)
        try:
            result = doing(event) if doing else {"statusCode": 200}
        except Raised as error:
            body = {"errorMessage": str(error), "errorType": "Exception"}
            return {"X-Amz-Function-Error": "Unhandled"}, json.dumps(body).encode()
        return {}, json.dumps(result).encode()

    def of(self, name: str, connection: str | None = None) -> list[Any]:
        """The events that a function got, of one connection or of all."""
        with self.lock:
            found = [event for function, event in self.events if function == name]
        return [one for one in found if connection in (None, one["requestContext"]["connectionId"])]

    def last(self, name: str) -> Any:
        """The newest event of a function."""
        return self.of(name)[-1]

    def awaited(self, name: str, connection: str) -> Any:
        """The event that a function gets, sooner or later, for a connection."""
        return until(lambda: self.of(name, connection), 60, what=f"{name} for {connection}", interval=0.02)[-1]

    def forget(self) -> None:
        """As new: whatever still comes about connections that were known is not kept."""
        with self.lock:
            self.former.update(_connection(event) for _, event in self.events)
            self.events.clear()
            self.posted.clear()
            self.doing.clear()


def _connection(event: Any) -> str:
    return str(event["requestContext"]["connectionId"])


@contextmanager
def lambda_api(functions: Functions) -> Iterator[str]:
    """Serves them; gives host and port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            parts = self.path.split("/")
            if parts[1] == "posted":
                with functions.lock:
                    functions.posted.append((self.path, dict(self.headers.items()), body))
                answer, headers = f"got {body}".encode(), dict[str, str]()
            else:
                headers, answer = functions.invoke(unquote(parts[3]).rpartition(":")[2], json.loads(body))
            self.send_response(200)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Silence."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", free_port()), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def publish_outputs(emulator: str) -> None:
    """The sign that the lab is complete."""
    names = {name: {"Ref": name, "Arn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}"} for name in FUNCTIONS}
    ssm = boto3.client("ssm", endpoint_url=emulator)
    ssm.put_parameter(Name="/fogbank/wired/outputs", Value=json.dumps(names), Type="String", Overwrite=True)
    ssm.close()


@dataclass
class Gateway:
    """One gateway process. log: its output."""

    port: int
    process: "subprocess.Popen[bytes]"
    log: Path
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def management(self, place: str = "/plain/production") -> Any:
        """boto3's client of @connections, which hides no error by trying again."""
        if place not in self.clients:
            config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
            made = boto3.client("apigatewaymanagementapi", endpoint_url=self.http + place, config=config)
            self.clients[place] = made
        return self.clients[place]

    def close(self) -> None:
        """Close boto3's connections."""
        for made in self.clients.values():
            made.close()

    async def post(self, connection: str, data: bytes, place: str = "/plain/production") -> None:
        """PostToConnection."""
        await asyncio.to_thread(self.management(place).post_to_connection, ConnectionId=connection, Data=data)

    def metric(self, metric: str, **labels: str) -> float:
        """The sum of a metric of AWS/ApiGateway's over whatever has these labels."""
        wanted = [f'{name}="{value}"' for name, value in {"metric": metric, **labels}.items()]
        lines = httpx.get(f"{self.http}/metrics", timeout=30).text.splitlines()
        found = [one for one in lines if one.startswith("fogbank_gateway_websocket_total{")]
        return sum(float(one.rpartition(" ")[2]) for one in found if all(part in one for part in wanted))


@contextmanager
def gateway(emulator: str, functions: str, folder: Path, **environment: str) -> Iterator[Gateway]:
    """A gateway that serves the tests' lab, healthy."""
    port = int(environment.get("FOGBANK_GATEWAY_PORT") or free_port())
    variables = {
        **os.environ, "AWS_ENDPOINT_URL": emulator, "AWS_ENDPOINT_URL_LAMBDA": f"http://{functions}",
        "BACKEND": functions, "FOGBANK_GATEWAY_PORT": str(port), **environment,
    }  # fmt: skip
    log = folder / f"gateway-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", LAB], cwd=ROOT, env=variables, stdout=output, stderr=output)
    started = Gateway(port, process, log)
    try:
        until(lambda: httpx.get(f"{started.http}/health", timeout=2).status_code == 200, 60, what=log.name)
        yield started
    finally:
        started.close()
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def opened(url: str, **more: Any) -> Any:
    """A client's connection to an address, as an asynchronous context."""
    return connect(url, ping_interval=None, compression=None, open_timeout=30, close_timeout=10, **more)


async def ask(socket: ClientConnection, message: Any) -> Any:
    """Send JSON, or text as it is, and read the next frame as JSON."""
    await socket.send(message if isinstance(message, str) else json.dumps(message))
    return json.loads(await asyncio.wait_for(socket.recv(), 60))


async def in_thread(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """A blocking call, while sockets go on."""
    return await asyncio.to_thread(call, *arguments, **named)
