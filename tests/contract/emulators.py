"""The emulators that the contract tests drive: started as processes on free ports, stopped by their process id.

SERVED says which emulator answers for which service, as stack/targets.py has it; a case runs on every one of them.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import httpx
import psutil
from botocore.config import Config

from cloud.wait import until
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
LOCALSTACK = "FOGBANK_TEST_LOCALSTACK"  # the variable that names a running LocalStack's address
SERVED = {
    "ministack": {"kinesis", "dynamodb", "sqs", "ssm", "s3"},
    "localstack": {"kinesis", "sqs", "ssm", "s3", "apigateway"},
    "identity": {"cognito-idp"},
}
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
JSON_TARGETS = {"kinesis": "Kinesis_20131202", "dynamodb": "DynamoDB_20120810"}


@dataclass
class Emulator:
    """One running emulator. process is None for one that the tests did not start."""

    url: str
    command: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    health: str = "/_ministack/health"
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def client(self, service: str) -> Any:
        """A boto3 client that hides no error by trying again."""
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=90)
        return boto3.session.Session().client(service, endpoint_url=self.url, config=config)

    def post(self, service: str, action: str, body: Any, **headers: str) -> httpx.Response:
        """A JSON call without boto3, which refuses some bad input itself."""
        sent = {
            "x-amz-target": f"{JSON_TARGETS[service]}.{action}",
            "content-type": "application/x-amz-json-1.1",
            "authorization": AUTHORIZATION.format(service),
        }
        return self.http.post("/", json=body, headers=sent | headers)

    def processor_seconds(self) -> float:
        """How much processor time it has used: tells cost from a busy machine."""
        times = psutil.Process(self._child().pid).cpu_times()
        return times.user + times.system

    def memory(self) -> int:
        """Bytes of memory that it has in use."""
        return int(psutil.Process(self._child().pid).memory_info().rss)

    def start(self) -> "Emulator":
        """Start it, or start it again; back when it answers."""
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, text=True
        )
        until(self._answers, 60, what=f"the emulator at {self.url}")
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.http.close()
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        child = self._child()
        child.send_signal(how)
        try:
            return child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise

    def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and start it again, its state kept."""
        self.stop(how)
        self.start()

    def _child(self) -> subprocess.Popen[str]:
        assert self.process, "an emulator that the tests did not start"
        return self.process

    def _answers(self) -> bool:
        assert self._child().poll() is None, f"the emulator ended with {self._child().returncode}"
        with suppress(OSError), urlopen(f"{self.url}{self.health}", timeout=2) as answer:
            return bool(answer.status == 200)
        return False


def mended(home: Path, **environment: str) -> Emulator:
    """MiniStack with the mends, not started yet. home: FOGBANK_HOME."""
    port = free_port()
    ours = {"FOGBANK_HOME": str(home), "FOGBANK_EMULATOR_PORT": str(port), "FOGBANK_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "services.emulator"]
    return Emulator(f"http://127.0.0.1:{port}", command, {**ours, **environment})


def identity(home: Path, emulator: Emulator) -> Emulator:
    """The identity box on an emulator, not started yet. home: FOGBANK_HOME."""
    port = free_port()
    ours = {"FOGBANK_HOME": str(home), "FOGBANK_IDENTITY_PORT": str(port), "AWS_ENDPOINT_URL": emulator.url}
    command = [sys.executable, "-m", "services.identity"]
    return Emulator(f"http://127.0.0.1:{port}", command, ours, health="/health")


def stock(folder: Path, **environment: str) -> Emulator:
    """MiniStack as it comes, not started yet; its state is kept in the folder."""
    port = free_port()
    folders = {"STATE_DIR": str(folder), "S3_DATA_DIR": str(folder / "s3"), "TMPDIR": str(folder)}
    switches = {"PERSIST_STATE": "1", "S3_PERSIST": "1", "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0"}
    place = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    folder.mkdir(exist_ok=True)
    return Emulator(
        f"http://127.0.0.1:{port}",
        [sys.executable, "-m", "ministack"],
        {**folders, **switches, **place, **environment},
    )


def localstack(environ: Mapping[str, str]) -> Emulator | None:
    """The LocalStack that the environment names, or None."""
    url = environ.get(LOCALSTACK)
    return Emulator(url.rstrip("/")) if url else None
