"""An emulator, a worker and replicas of the identity box on free ports, for the contract tests of Cognito."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.contract.worker_stack import REGION, Process, Stack
from tests.ports import free_port

PASSWORD = "Sesame-0pen"
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
VARIABLES = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL_COGNITO_IDENTITY")


@dataclass
class Identity:
    """The boxes; replicas share the emulator's tables and the key in home."""

    folder: Path
    stack: Stack
    replicas: list[Process] = field(default_factory=list)
    clients: list[Any] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """FOGBANK_HOME."""
        return self.folder / "identity"

    @property
    def url(self) -> str:
        """The first replica's address."""
        return f"http://127.0.0.1:{self.replicas[0].port}"

    def replica(self, port: int = 0) -> Process:
        """Start one more."""
        port, worker = port or free_port(), self.stack.workers
        environ = {
            **os.environ,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.stack.emulator_port}",
            **({"AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{worker[0].port}"} if worker else {}),
            "FOGBANK_HOME": str(self.home),
            "FOGBANK_IDENTITY_PORT": str(port),
        }
        log = self.folder / f"identity-{len(self.replicas)}.log"
        process = Process("services.identity", port, log, environ, "/health")
        process.start()
        self.replicas.append(process)
        return process

    def client(self, service: str = "cognito-idp", replica: int = 0, pool: int = 10) -> Any:
        """A boto3 client that hides no error by trying again."""
        config = Config(retries={"total_max_attempts": 1}, read_timeout=90, max_pool_connections=pool)
        address = f"http://127.0.0.1:{self.replicas[replica].port}"
        made = boto3.session.Session().client(service, endpoint_url=address, region_name=REGION, config=config)
        self.clients.append(made)
        return made

    def code(self, to: str) -> str:
        """The code in the newest mail to this address."""
        with urllib.request.urlopen(f"{self.url}/inbox/messages?to={to}", timeout=30) as answer:
            return str(json.loads(answer.read())["messages"][0]["Code"])

    def log(self) -> str:
        """All that the replicas have logged."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("identity-*.log")))

    def pool(self, name: str, client: dict[str, Any] | None = None, **settings: Any) -> "Pool":
        """A user pool with one app client."""
        cognito = self.client()
        wanted = {"AutoVerifiedAttributes": ["email"], **settings}
        made = cognito.create_user_pool(PoolName=name, **wanted)["UserPool"]["Id"]
        asked = {"ClientName": "site", "ExplicitAuthFlows": FLOWS, **(client or {})}
        app = cognito.create_user_pool_client(UserPoolId=made, **asked)["UserPoolClient"]
        return Pool(self, cognito, made, app["ClientId"], app.get("ClientSecret", ""))

    def close(self) -> None:
        """End everything."""
        for client in self.clients:
            client.close()
        for replica in self.replicas:
            replica.end(signal.SIGTERM)


@dataclass
class Pool:
    """A user pool on the first replica."""

    identity: Identity
    cognito: Any
    id: str
    client: str
    secret: str

    def sign_up(self, username: str = "ada", password: str = PASSWORD, **asked: Any) -> None:
        """SignUp with a mail address made of the name."""
        mail = [{"Name": "email", "Value": f"{username}@example.com"}]
        asked = {"ClientId": self.client, "Username": username, "UserAttributes": mail, **asked}
        self.cognito.sign_up(Password=password, **asked)

    def confirm(self, username: str = "ada") -> None:
        """ConfirmSignUp with the code that was mailed."""
        code = self.identity.code(f"{username}@example.com")
        self.cognito.confirm_sign_up(ClientId=self.client, Username=username, ConfirmationCode=code)

    def gamer(self, username: str = "ada") -> None:
        """Somebody who has signed up and confirmed."""
        self.sign_up(username)
        self.confirm(username)

    def sign_in(self, username: str = "ada", password: str = PASSWORD, cognito: Any = None) -> dict[str, str]:
        """Tokens by USER_PASSWORD_AUTH."""
        given = {"USERNAME": username, "PASSWORD": password}
        answer = (cognito or self.cognito).initiate_auth(
            ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given
        )
        return dict(answer["AuthenticationResult"])


@contextmanager
def running(folder: Path, *, worker: bool = False) -> Iterator[Identity]:
    """An emulator and one identity box; with a worker that can reach it when asked for."""
    stack = Stack(folder)
    identity = Identity(folder, stack)
    try:
        stack.emulator.start()
        port = free_port()
        if worker:
            stack.environ.update(dict.fromkeys(VARIABLES, f"http://127.0.0.1:{port}"))
            stack.worker()
        identity.replica(port)
        yield identity
    finally:
        identity.close()
        stack.close()
