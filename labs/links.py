"""What joins a topic and a queue. A lab's wiring imports them from labs.declare, with everything else."""

from dataclasses import dataclass

from labs.values import Resource, Value


@dataclass(frozen=True)
class Subscription(Resource):
    """AWS::SNS::Subscription. Ref: its ARN. A queue that is subscribed is allowed to take the topic's messages."""

    TopicArn: Value
    Endpoint: Value
    """The queue's ARN."""
    Protocol: str = "sqs"
    RawMessageDelivery: bool = False
