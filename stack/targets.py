"""Which service answers where: the one table, per target and EMULATOR, with the reasons.

The README shows it (markdown()), the boxes get their endpoint variables from it, and so do the tools on this machine:
`python -m stack env` prints them, running() gives them to Python.
"""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stack import state
from stack.settings import Settings

REGION: Final = "us-east-1"
MINISTACK, LOCALSTACK, WORKER, GATEWAY = "MiniStack", "LocalStack", "worker", "gateway"
ANALYTICS, QUERY = "analytics", "query"
IDENTITY: Final = "identity"


@dataclass(frozen=True)
class Service:
    """One AWS service, and who answers for it in each column."""

    name: str
    ids: tuple[str, ...]
    """As in boto3's AWS_ENDPOINT_URL_<ID>."""
    local: str
    both: str
    localstack: str
    ministack: str
    why: str
    licensed: str = ""
    """Who answers in the column EMULATOR=localstack when LOCALSTACK_AUTH_TOKEN is set, where that differs."""

    def answerer(self, settings: Settings) -> str:
        """Who answers for the service in a resolved setting."""
        if settings.licensed and settings.emulator == "localstack" and self.licensed:
            return self.licensed
        return str(getattr(self, "local" if settings.mode == "local" else settings.emulator))

    def cell(self, column: str) -> str:
        """The column's answerer as the README shows it."""
        licensed = (
            f" ({self.licensed} with `LOCALSTACK_AUTH_TOKEN`)" if self.licensed and column == "localstack" else ""
        )
        return f"{getattr(self, column)}{licensed}"


def _emulated(name: str, *ids: str, why: str) -> Service:
    return Service(name, ids, MINISTACK, LOCALSTACK, LOCALSTACK, MINISTACK, why)


def _kept(name: str, *ids: str, why: str) -> Service:
    """What a lab cannot lose in a restart of its emulator: MiniStack, unless LocalStack was asked for."""
    return Service(name, ids, MINISTACK, MINISTACK, LOCALSTACK, MINISTACK, why)


def _always(who: str, name: str, *ids: str, why: str, licensed: str = "") -> Service:
    return Service(name, ids, who, who, who, who, why, licensed)


SERVICES: Final = (
    _always(
        GATEWAY,
        "API Gateway",
        "API_GATEWAY",
        "APIGATEWAYMANAGEMENTAPI",
        why="ours: driven by a lab's own API document; it puts what a whole room sends into few calls",
    ),
    _always(
        IDENTITY,
        "Cognito",
        "COGNITO_IDENTITY_PROVIDER",
        "COGNITO_IDENTITY",
        why="ours: codes, tokens and secrets are checked, sessions end, triggers run, roles are mapped; MiniStack's"
        " takes any code and any token, LocalStack's community edition has none",
        licensed=LOCALSTACK,
    ),
    _kept(
        "Kinesis",
        "KINESIS",
        why="MiniStack's is mended and flat; in LocalStack's a put costs more the more a shard holds (1.6 ms at 1,000"
        " records, 5 ms at 5,000), and a restart forgets the newest",
    ),
    _always(
        WORKER,
        "Lambda",
        "LAMBDA",
        why="ours: runs handlers by AWS's own runtime client and polls streams; needs no Docker socket",
    ),
    _kept(
        "DynamoDB and its streams",
        "DYNAMODB",
        "DYNAMODB_STREAMS",
        why="LocalStack's is DynamoDB Local, whose licence asks for an AWS account, and a write takes it 40 ms",
    ),
    _always(
        ANALYTICS,
        "Managed Service for Apache Flink",
        "KINESIS_ANALYTICS_V2",
        why="ours: runs SQL over streams without a Java machine",
    ),
    _always(QUERY, "Athena", "ATHENA", why="ours: the emulators' speak another dialect, or invent rows"),
    _always(MINISTACK, "Glue's catalogue", "GLUE", why="LocalStack's community edition has none"),
    _emulated("S3", "S3", why="kept with SQS and SNS: an event that starts in one emulator is seen by that one only"),
    _emulated("SQS", "SQS", why="kept with S3 and SNS"),
    _emulated("SNS", "SNS", why="kept with S3 and SQS"),
    _kept("SSM parameters", "SSM", why="LocalStack's community edition forgets them in every restart"),
    _emulated("EventBridge", "EVENTBRIDGE", why="either will do"),
    _emulated("CloudWatch", "CLOUDWATCH", why="either will do"),
    _emulated("CloudWatch Logs", "CLOUDWATCH_LOGS", why="either will do"),
    _emulated("IAM", "IAM", why="either will do"),
    _emulated("STS", "STS", why="either will do"),
)

COLUMNS: Final = ("local", "both", "localstack", "ministack")
HEADINGS: Final = ("`local`", "`docker`", "`docker`, `EMULATOR=localstack`", "`docker`, `EMULATOR=ministack`")
LOCALSTACK_NAMES: Final = {
    "EVENTBRIDGE": "events",
    "CLOUDWATCH_LOGS": "logs",
    "DYNAMODB_STREAMS": "dynamodbstreams",
    "COGNITO_IDENTITY_PROVIDER": "cognito-idp",
    "COGNITO_IDENTITY": "cognito-identity",
}
POLL_MS: Final = {MINISTACK: 200, LOCALSTACK: 500}
"""How often the worker asks each shard for records. An idle poll costs LocalStack five to seven times what it costs
MiniStack, so it is asked less often."""
IDLE_POLL_MS: Final = {MINISTACK: 200, LOCALSTACK: 1000}
"""The same for a shard that has been silent for a while."""


def markdown() -> str:
    """The table as the README shows it."""
    head = f"| service | {' | '.join(HEADINGS)} | why |\n|{'---|' * (len(HEADINGS) + 2)}\n"
    rows = (f"| {s.name} | {' | '.join(map(s.cell, COLUMNS))} | {s.why} |\n" for s in SERVICES)
    return head + "".join(rows)


def answerers(settings: Settings) -> dict[str, str]:
    """Service id -> who answers, for a resolved setting."""
    return {service_id: service.answerer(settings) for service in SERVICES for service_id in service.ids}


def on_this_machine(settings: Settings) -> dict[str, str]:
    """Who answers -> address, as programs outside of any container reach it."""
    ports = settings.ports
    ministack = ports.ministack if LOCALSTACK in answerers(settings).values() else ports.emulator
    listening = {
        GATEWAY: ports.gateway,
        WORKER: ports.worker,
        ANALYTICS: ports.analytics,
        QUERY: ports.query,
        IDENTITY: ports.identity,
        LOCALSTACK: ports.emulator,
        MINISTACK: ministack,
    }
    return {who: f"http://127.0.0.1:{port}" for who, port in listening.items()}


def in_the_network(settings: Settings) -> dict[str, str]:
    """Who answers -> address, as containers reach each other; but for LocalStack the ports are the same everywhere."""
    outside = on_this_machine(settings)
    ports = {who: address.rsplit(":", 1)[1] for who, address in outside.items()} | {LOCALSTACK: "4566"}
    return {who: f"http://{who.lower()}:{port}" for who, port in ports.items()}


def endpoints(settings: Settings, addresses: Mapping[str, str]) -> dict[str, str]:
    """boto3's endpoint variables: AWS_ENDPOINT_URL for whoever answers most, one more for each service that differs."""
    who = answerers(settings)
    usual = Counter(who.values()).most_common(1)[0][0]
    others = {f"AWS_ENDPOINT_URL_{sid}": addresses[name] for sid, name in who.items() if name != usual}
    return {"AWS_ENDPOINT_URL": addresses[usual], **others}


def environment(settings: Settings, addresses: Mapping[str, str]) -> dict[str, str]:
    """All that a box or a tool needs to reach the stack, whatever AWS settings the caller has of their own."""
    return {
        **endpoints(settings, addresses),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        **settings.ports.environment(),
        "FOGBANK_POLL_INTERVAL_MS": str(POLL_MS[answerers(settings)["KINESIS"]]),
        "FOGBANK_IDLE_POLL_INTERVAL_MS": str(IDLE_POLL_MS[answerers(settings)["KINESIS"]]),
        **settings.extra,
    }


def localstack_services(settings: Settings) -> str:
    """LocalStack's SERVICES: what it answers for, by its own names."""
    mine = [sid for sid, who in answerers(settings).items() if who == LOCALSTACK]
    return ",".join(LOCALSTACK_NAMES.get(sid, sid.lower()) for sid in mine)


def running(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables by which a program on this machine reaches the running stack (the one that FOGBANK_HOME names).

    Raises ConfigError when `make up` was never run.
    """
    settings = state.remembered(environ)
    return {
        **environment(settings, on_this_machine(settings)),
        "FOGBANK_HOME": str(settings.home),
        "MODE": settings.mode,
    }
