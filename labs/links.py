"""Resources that join two others. A lab's wiring imports them from labs.declare, with everything else."""

from collections.abc import Mapping
from dataclasses import dataclass

from labs.resource import Resource
from labs.values import Value


@dataclass(frozen=True)
class Subscription(Resource):
    """AWS::SNS::Subscription. Ref: its ARN. A queue that is subscribed is allowed to take the topic's messages."""

    TopicArn: Value
    Endpoint: Value
    """The queue's ARN."""
    Protocol: str = "sqs"
    RawMessageDelivery: bool = False


@dataclass(frozen=True)
class IdentityPoolRoleAttachment(Resource):
    """AWS::Cognito::IdentityPoolRoleAttachment. Roles: "authenticated", "unauthenticated" -> the role's ARN."""

    IdentityPoolId: Value
    Roles: Mapping[str, Value]
