"""SNS: topics. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html"""

from bootstrap.kind import Found, unless_missing
from bootstrap.resolve import Attributes, Place
from cloud.clients import client
from labs.declare import Topic


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
