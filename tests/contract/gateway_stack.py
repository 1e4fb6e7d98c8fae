"""What the gateway's contract tests run on: an emulator, the lab's resources in it, and the gateway; on free ports."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx

from cloud.wait import until
from labs import declare
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Sesame-0pen"
FUNCTIONS = "arn:aws:lambda:us-east-1:000000000000:function:"
POST = {"Timestamp": "2026-11-20T10:00:00.000Z", "SessionId": "S1", "Lives": 3, "Score": 5, "Shots": 7, "Level": 1}


@contextmanager
def process(arguments: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A child process in the repository's root; ended, and waited for, in the end."""
    child = subprocess.Popen(arguments, cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def ministack(port: int | None = None) -> Iterator[str]:
    """MiniStack with a private state folder; gives its address."""
    port = port or free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "STATE_DIR": folder,
            "TMPDIR": folder, "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        with process([sys.executable, "-m", "ministack"], environment):
            until(lambda: answers(f"{address}/_ministack/health"), 60, what="MiniStack")
            yield address


def answers(url: str) -> bool:
    """Whether a GET gives 200."""
    return httpx.get(url, timeout=2).status_code == 200


@dataclass
class Cloud:
    """The emulator with what the lab needs of it."""

    address: str
    pool: str
    client: str
    names: dict[str, dict[str, str]] = field(default_factory=dict)

    def boto(self, service: str) -> Any:
        """A boto3 client of the emulator."""
        return emulator_client(service, self.address)

    def sign_in(self, username: str) -> dict[str, str]:
        """The tokens of an account: IdToken, AccessToken, RefreshToken."""
        answer = self.boto("cognito-idp").admin_initiate_auth(
            UserPoolId=self.pool,
            ClientId=self.client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD},
        )
        return dict(answer["AuthenticationResult"])

    def add_user(self, username: str) -> None:
        """A confirmed account."""
        cognito = self.boto("cognito-idp")
        attributes = [{"Name": "email", "Value": "someone@example.com"}]
        cognito.admin_create_user(
            UserPoolId=self.pool, Username=username, UserAttributes=attributes, MessageAction="SUPPRESS"
        )
        cognito.admin_set_user_password(UserPoolId=self.pool, Username=username, Password=PASSWORD, Permanent=True)

    def publish_outputs(self) -> None:
        """The sign that the labs are complete: this one, and as far as the gateway serves it, every other one."""
        for lab in map(declare.load, declare.names()):
            functions = {
                each.logical_id: {"Arn": f"{FUNCTIONS}{each.FunctionName}"} for each in lab.of(declare.Function)
            }
            value = json.dumps(self.names if lab.name == "alien-attack" else functions)
            self.boto("ssm").put_parameter(
                Name=f"/fogbank/{lab.name}/outputs", Value=value, Type="String", Overwrite=True, Tier="Advanced"
            )

    def records(self) -> list[dict[str, Any]]:
        """Everything in the stream, per shard in order."""
        kinesis, found = self.boto("kinesis"), []
        for shard in kinesis.list_shards(StreamName="AlienAttackInput")["Shards"]:
            start = kinesis.get_shard_iterator(
                StreamName="AlienAttackInput", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            found += kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
        return found


def emulator_client(service: str, address: str) -> Any:
    """A boto3 client of an address."""
    return boto3.client(
        service, endpoint_url=address, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


def build_cloud(address: str) -> Cloud:
    """Create what Alien Attack's routes touch; the outputs are not published yet."""
    cognito = emulator_client("cognito-idp", address)
    pool = cognito.create_user_pool(PoolName="alien-attack")["UserPool"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="website", ExplicitAuthFlows=flows)
    cloud = Cloud(address, pool["Id"], client["UserPoolClient"]["ClientId"])
    cloud.names = _names(cloud)
    for username in ("ada", "Ünï-γ 🚀"):
        cloud.add_user(username)
    cloud.boto("kinesis").create_stream(StreamName="AlienAttackInput", ShardCount=2)
    lab = declare.load("alien_attack")
    for parameter in lab.of(declare.Parameter):
        value = parameter.Value if isinstance(parameter.Value, str) else "from-outputs"
        cloud.boto("ssm").put_parameter(Name=parameter.Name, Value=value, Type="String")
    for table in lab.of(declare.Table):
        cloud.boto("dynamodb").create_table(
            TableName=table.TableName,
            AttributeDefinitions=[
                {"AttributeName": n, "AttributeType": t} for n, t in table.AttributeDefinitions.items()
            ],
            KeySchema=_key_schema(table.KeySchema),
            BillingMode="PAY_PER_REQUEST",
            **_indexes(table),
        )
    return cloud


@contextmanager
def gateway(cloud: Cloud, port: int | None = None, **environment: str) -> Iterator[str]:
    """The gateway on that emulator; gives its address. Not yet healthy: that takes the outputs."""
    port = port or free_port()
    variables = {
        "AWS_ENDPOINT_URL": cloud.address, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true", "FOGBANK_GATEWAY_PORT": str(port),
        **environment,
    }  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with process([sys.executable, "-m", "services.gateway"], variables):
        until(lambda: httpx.get(f"{address}/health", timeout=2), 60, what="the gateway")
        yield address


def open_session(gateway_address: str, session: str, until: int = 9_999_999_999_999) -> None:
    """What the lab's open_session does last, with the same client. until: ms since 1970."""
    variables = {"openSession": session, "closesAt": str(until)}
    emulator_client("apigateway", gateway_address).update_stage(
        restApiId="alien-attack",
        stageName="prod",
        patchOperations=[
            {"op": "replace", "path": f"/variables/{name}", "value": value} for name, value in variables.items()
        ],
    )


def _names(cloud: Cloud) -> dict[str, dict[str, str]]:
    """Outputs of every resource of the lab, as bootstrap writes them."""
    names = {}
    for resource in declare.load("alien_attack").resources:
        fields = vars(resource)
        name = next((v for k, v in fields.items() if k.endswith("Name") or k == "Name" if isinstance(v, str)), "x")
        kind = type(resource).__name__.lower()
        names[resource.logical_id] = {"Ref": name, "Arn": f"arn:aws:{kind}:us-east-1:000000000000:{kind}:{name}"}
    names["Gamers"] = {"Ref": cloud.pool, "Arn": f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{cloud.pool}"}
    return names


def _key_schema(keys: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()]


def _indexes(table: declare.Table) -> dict[str, Any]:
    return {
        kind: [{**index, "KeySchema": _key_schema(index["KeySchema"])} for index in indexes]
        for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
        if (indexes := getattr(table, kind))
    }
