"""SQS: queues. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html"""

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes
from cloud.clients import client
from labs.declare import Queue

_NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class Queues:
    """AWS::SQS::Queue."""

    service = "sqs"

    def find(self, queue: Queue) -> Found | None:
        answer = unless_missing(client("sqs").get_queue_url, *_NO_QUEUE, QueueName=queue.QueueName)
        if answer is None:
            return None
        url = answer["QueueUrl"]
        actual = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        attributes = {"Ref": url, "Arn": actual["QueueArn"], "QueueName": queue.QueueName}
        return Found(attributes, differences(queue.Attributes, actual))

    def put(self, queue: Queue, found: Found | None) -> Attributes:
        if found is None:
            url = client("sqs").create_queue(QueueName=queue.QueueName, Attributes=queue.Attributes)["QueueUrl"]
        else:
            url = found.attributes["Ref"]
            client("sqs").set_queue_attributes(QueueUrl=url, Attributes=queue.Attributes)
        arn = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return {"Ref": url, "Arn": arn, "QueueName": queue.QueueName}

    def delete(self, _queue: Queue, found: Found) -> None:
        client("sqs").delete_queue(QueueUrl=found.attributes["Ref"])
