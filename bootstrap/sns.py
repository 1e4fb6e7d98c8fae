"""SNS: topics, and queues that are subscribed to them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html
https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
"""

import json
from typing import Any

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes, Place
from cloud.clients import client
from labs.declare import Subscription, Topic


class Topics:
    """AWS::SNS::Topic."""

    service = "sns"

    def __init__(self, place: Place) -> None:
        self.place = place

    def find(self, topic: Topic) -> Found | None:
        arn = f"arn:aws:sns:{self.place.region}:{self.place.account}:{topic.TopicName}"
        answer = unless_missing(client("sns").get_topic_attributes, "NotFound", "NotFoundException", TopicArn=arn)
        return Found({"Ref": arn, "TopicName": topic.TopicName}) if answer else None

    def put(self, topic: Topic, _found: Found | None) -> Attributes:
        return {"Ref": client("sns").create_topic(Name=topic.TopicName)["TopicArn"], "TopicName": topic.TopicName}

    def delete(self, _topic: Topic, found: Found) -> None:
        client("sns").delete_topic(TopicArn=found.attributes["Ref"])


class Subscriptions:
    """AWS::SNS::Subscription of a queue, with the queue's policy that lets the topic in."""

    service = "sns"

    def find(self, subscription: Subscription) -> Found | None:
        pages = client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=subscription.TopicArn)
        listed = (one for page in pages for one in page["Subscriptions"])
        arn = next((one["SubscriptionArn"] for one in listed if one["Endpoint"] == subscription.Endpoint), None)
        if arn is None:
            return None
        actual = client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        return Found({"Ref": arn}, differences(_attributes(subscription), actual))

    def put(self, subscription: Subscription, found: Found | None) -> Attributes:
        if found is None:
            _let_in(str(subscription.TopicArn), str(subscription.Endpoint))
            answer = client("sns").subscribe(
                TopicArn=subscription.TopicArn,
                Protocol=subscription.Protocol,
                Endpoint=subscription.Endpoint,
                Attributes=_attributes(subscription),
                ReturnSubscriptionArn=True,
            )
            return {"Ref": answer["SubscriptionArn"]}
        for name, value in _attributes(subscription).items():
            client("sns").set_subscription_attributes(
                SubscriptionArn=found.attributes["Ref"], AttributeName=name, AttributeValue=value
            )
        return found.attributes

    def delete(self, _subscription: Subscription, found: Found) -> None:
        client("sns").unsubscribe(SubscriptionArn=found.attributes["Ref"])


def _attributes(subscription: Subscription) -> dict[str, str]:
    return {"RawMessageDelivery": str(subscription.RawMessageDelivery).lower()}


def _let_in(topic: str, queue: str) -> None:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    url = client("sqs").get_queue_url(QueueName=queue.rsplit(":", 1)[1])["QueueUrl"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
