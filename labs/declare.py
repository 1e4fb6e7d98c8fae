"""What a lab can declare: frozen dataclasses, named and shaped as CloudFormation's resources are.

A resource's first argument is its logical id; the fields after it carry CloudFormation's property names (see the
"AWS resource and property types reference"), only those that the stand-ins honour. A value that is known only once
something exists is written as in a template: Ref("Scoreboard"), GetAtt("Input", "Arn"), Sub("${AWS::Region}-x").
bootstrap creates what is declared; `python -m bootstrap export` writes the same as a SAM template.
"""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from labs import cognito, deployment, links, rest, values, websocket

Ref, GetAtt, Sub, may = values.Ref, values.GetAtt, values.Sub, values.may
Value = values.Value
Resource = values.Resource
Subscription = links.Subscription
RestApi = rest.RestApi
Stage = rest.Stage
ApiKey = rest.ApiKey
UsagePlan = rest.UsagePlan
UsagePlanKey = rest.UsagePlanKey
BucketDeployment = deployment.BucketDeployment
UserPoolUser = cognito.UserPoolUser
IdentityPool = cognito.IdentityPool
IdentityPoolRoleAttachment = cognito.IdentityPoolRoleAttachment
WebSocketApi = websocket.WebSocketApi
WebSocketStage = websocket.WebSocketStage
Authorizer = websocket.Authorizer
Integration = websocket.Integration
Route = websocket.Route
invocation = websocket.invocation


@dataclass(frozen=True)
class UserPool(Resource):
    """AWS::Cognito::UserPool. Ref: the pool's id; GetAtt: Arn, ProviderName."""

    UserPoolName: str
    Schema: tuple[Mapping[str, Any], ...] = ()
    Policies: Mapping[str, Any] = field(default_factory=dict)
    AutoVerifiedAttributes: tuple[str, ...] = ()
    AliasAttributes: tuple[str, ...] = ()
    LambdaConfig: Mapping[str, Value] = field(default_factory=dict)
    """Trigger -> the function's ARN, e.g. PostConfirmation."""


@dataclass(frozen=True)
class UserPoolClient(Resource):
    """AWS::Cognito::UserPoolClient. Ref: the client's id."""

    ClientName: str
    UserPoolId: Value
    ExplicitAuthFlows: tuple[str, ...] = ()
    GenerateSecret: bool = False


@dataclass(frozen=True)
class UserPoolGroup(Resource):
    """AWS::Cognito::UserPoolGroup. Ref: the group's name."""

    GroupName: str
    UserPoolId: Value
    Precedence: int = 0
    RoleArn: Value = ""


@dataclass(frozen=True)
class Stream(Resource):
    """AWS::Kinesis::Stream. Ref: the stream's name; GetAtt: Arn."""

    Name: str
    ShardCount: int = 1
    RetentionPeriodHours: int = 24


@dataclass(frozen=True)
class Table(Resource):
    """AWS::DynamoDB::Table, billed on demand. Ref: the table's name; GetAtt: Arn, StreamArn."""

    TableName: str
    AttributeDefinitions: Mapping[str, str]
    """Attribute name -> type, "S", "N" or "B"; the keys' attributes only."""
    KeySchema: Mapping[str, str]
    """Attribute name -> "HASH" or "RANGE"."""
    LocalSecondaryIndexes: tuple[Mapping[str, Any], ...] = ()
    GlobalSecondaryIndexes: tuple[Mapping[str, Any], ...] = ()
    StreamSpecification: Mapping[str, str] = field(default_factory=dict)
    TimeToLiveSpecification: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bucket(Resource):
    """AWS::S3::Bucket. Ref: the bucket's name; GetAtt: Arn."""

    BucketName: str
    WebsiteConfiguration: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Queue(Resource):
    """AWS::SQS::Queue. Ref: the queue's URL; GetAtt: Arn, QueueName."""

    QueueName: str
    Attributes: Mapping[str, str] = field(default_factory=dict)
    """SQS's own attribute names, e.g. VisibilityTimeout, MessageRetentionPeriod."""


@dataclass(frozen=True)
class Topic(Resource):
    """AWS::SNS::Topic. Ref: the topic's ARN."""

    TopicName: str


@dataclass(frozen=True)
class Parameter(Resource):
    """AWS::SSM::Parameter of type String. Ref: the parameter's name.

    Initial: the value is only what it starts with; code of the lab changes it, and applying again must not undo that.
    """

    Name: str
    Value: Value
    Initial: bool = False


@dataclass(frozen=True)
class Role(Resource):
    """AWS::IAM::Role that one AWS service may take on, with one inline policy. Ref: the role's name; GetAtt: Arn."""

    RoleName: str
    Service: str
    """Who takes it on, e.g. "apigateway.amazonaws.com"; "cognito-identity.amazonaws.com" for a pool's identities."""
    Policies: tuple[Mapping[str, Any], ...] = ()
    """IAM statements: Effect, Action, Resource."""


@dataclass(frozen=True)
class Function(Resource):
    """AWS::Serverless::Function. Ref: the function's name; GetAtt: Arn.

    Handler: "<module path below CodeUri>.<function>"; CodeUri: a folder below the repository's root.
    """

    FunctionName: str
    Handler: str
    CodeUri: str = "labs"
    Runtime: str = "python3.13"
    MemorySize: int = 128  # MB
    Timeout: int = 3  # seconds
    Environment: Mapping[str, Value] = field(default_factory=dict)
    Policies: tuple[Mapping[str, Any], ...] = ()
    """IAM statements that the function needs on AWS: Effect, Action, Resource."""


@dataclass(frozen=True)
class EventSourceMapping(Resource):
    """AWS::Lambda::EventSourceMapping. Ref: its UUID. What is None is left to Lambda's default."""

    FunctionName: Value
    EventSourceArn: Value
    BatchSize: int | None = None
    StartingPosition: str | None = None
    MaximumBatchingWindowInSeconds: int | None = None
    ParallelizationFactor: int | None = None
    MaximumRetryAttempts: int | None = None
    MaximumRecordAgeInSeconds: int | None = None
    BisectBatchOnFunctionError: bool | None = None
    TumblingWindowInSeconds: int | None = None
    FunctionResponseTypes: tuple[str, ...] = ()
    DestinationConfig: Mapping[str, Any] = field(default_factory=dict)
    FilterCriteria: Mapping[str, Any] = field(default_factory=dict)


R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Lab:
    """A lab: its name as in addresses ("alien-attack"), one line about it, its resources in the data's order."""

    name: str
    about: str
    resources: tuple[Resource, ...]
    by_hand: str = ""
    """A parameter: while it exists, the lab is in somebody's hands, and bootstrap leaves it alone."""

    def of(self, kind: type[R]) -> Iterator[R]:
        """The lab's resources of one kind, in their order."""
        return (resource for resource in self.resources if isinstance(resource, kind))

    def __getitem__(self, logical_id: str) -> Resource:
        for one in self.resources:
            if one.logical_id == logical_id:
                return one
        raise KeyError(f"lab {self.name} declares no {logical_id!r}")


ROOT = Path(__file__).parent


def names() -> list[str]:
    """The package names of all labs, in alphabetical order: every folder here that has a lab.py, but for templates."""
    return sorted(path.parent.name for path in ROOT.glob("[a-z]*/lab.py"))


def folder(lab: Lab) -> Path:
    """Where a lab's files are: its name as a Python package, below this folder."""
    return ROOT / lab.name.replace("-", "_")


def load(package: str) -> Lab:
    """The lab that labs/<package>/lab.py declares."""
    lab = importlib.import_module(f"labs.{package}.lab").LAB
    assert isinstance(lab, Lab)
    return lab
