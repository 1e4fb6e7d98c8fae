"""The gateway process of the REST tests over the emulator, the stub and the lab of rest_lab.py."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx

from cloud.wait import until
from tests.contract import rest_lab
from tests.contract.emulators import Emulator
from tests.contract.gateway_stack import answers, process
from tests.contract.rest_stub import Stub
from tests.ports import free_port

OUTPUTS = "/fogbank/rest-rows/outputs"


@dataclass
class Rest:
    """address: of the gateway; http: a client of it; folder: of its documents."""

    address: str
    http: httpx.Client
    stub: Stub
    emulator: Emulator
    folder: Path

    def send(self, verb: str, path: str, **more: Any) -> httpx.Response:
        """One request to the shop's stage."""
        return self.http.request(verb, f"/shop/dev{path}", **more)

    def boto(self, service: str) -> Any:
        """A boto3 client of the emulator."""
        return boto3.client(
            service, endpoint_url=self.emulator.url, region_name="us-east-1", aws_access_key_id="test",
            aws_secret_access_key="test",
        )  # fmt: skip

    def reload(self) -> None:
        """Write the documents anew; the gateway takes them over by itself."""
        write_documents(self.folder, self.stub)


def write_documents(folder: Path, stub: Stub) -> None:
    """The lab's documents, with the stub's address in them."""
    nowhere = f"http://127.0.0.1:{free_port()}/"
    (folder / "shop.json").write_text(json.dumps(rest_lab.shop(stub.address, nowhere)), encoding="utf-8")
    (folder / "cors.json").write_text(json.dumps(rest_lab.cors(stub.address)), encoding="utf-8")


@contextmanager
def gateway(emulator: Emulator, stub: Stub, folder: Path, **environment: str) -> Iterator[Rest]:
    """A healthy gateway."""
    port = free_port()
    write_documents(folder, stub)
    variables = {
        "AWS_ENDPOINT_URL": emulator.url, "AWS_ENDPOINT_URL_LAMBDA": stub.address, "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": stub.address, "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true", "FOGBANK_GATEWAY_PORT": str(port),
        "FOGBANK_GATEWAY_METRICS_SECONDS": "0.5", "FOGBANK_LOG_LEVEL": "WARNING", **environment,
    }  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.contract.rest_gateway", str(folder)]
    with process(command, variables), httpx.Client(base_url=address, timeout=30, trust_env=False) as http:
        until(lambda: answers(f"{address}/health"), 60, what="the gateway")
        yield Rest(address, http, stub, emulator, folder)
