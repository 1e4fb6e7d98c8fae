"""Wild Rydes, the wiring as data, in the order that the data takes.

sensors -> stream -> functions -> tables, archive, alerts; the map reads the stream itself, or is told by a function
"""

from labs.analytics import Application, Database, DataTable
from labs.declare import (
    Bucket,
    Function,
    GetAtt,
    IdentityPool,
    IdentityPoolRoleAttachment,
    Lab,
    Parameter,
    Queue,
    Ref,
    Role,
    Stream,
    Sub,
    Subscription,
    Table,
    Topic,
    may,
)
from labs.wild_rydes import catalogue, settings, summing
from labs.wild_rydes.lab_access import MAY_READ, READINGS, mapping
from labs.wild_rydes.lab_live import PUSHED

LAB = Lab(
    name="wild-rydes",
    about="Unicorns report once a second; their readings are shown, kept, watched and summed up as they stream in",
    by_hand="/wild-rydes/module",
    resources=(
        # Who may look: any visitor of the map, and nothing but the stream
        IdentityPool("Visitors", IdentityPoolName="wildrydes", AllowUnauthenticatedIdentities=True),
        Role(
            "VisitorsRole",
            RoleName="wildrydes-visitors",
            Service="cognito-identity.amazonaws.com",
            Policies=(
                may(("kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"), READINGS),
                may(("sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:DeleteMessage"), GetAtt("Inbox", "Arn")),
            ),
        ),
        IdentityPoolRoleAttachment(
            "VisitorsMay", IdentityPoolId=Ref("Visitors"), Roles={"unauthenticated": GetAtt("VisitorsRole", "Arn")}
        ),
        Parameter("IdentityPoolId", Name="/wild-rydes/identitypoolid", Value=Ref("Visitors")),
        # The way of a reading
        Stream("Readings", Name="wildrydes"),
        Stream("Summaries", Name="wildrydes-summary"),
        Function(
            "ProcessorFn",
            FunctionName="WildRydesStreamProcessor",
            Handler="wild_rydes.handlers.checkpoint.handler",
            Timeout=60,
            Environment={"TABLE_NAME": Ref("SensorData")},
            Policies=(
                MAY_READ,
                may("dynamodb:BatchWriteItem", GetAtt("SensorData", "Arn")),
                may("sqs:SendMessage", GetAtt("Failures", "Arn")),
            ),
        ),
        mapping(
            "Processing",
            "ProcessorFn",
            settings.LASTING,
            DestinationConfig={"OnFailure": {"Destination": GetAtt("Failures", "Arn")}},
        ),
        Table(
            "SensorData",
            TableName="UnicornSensorData",
            AttributeDefinitions={"Name": "S", "StatusTime": "S"},
            KeySchema={"Name": "HASH", "StatusTime": "RANGE"},
        ),
        Queue("Failures", QueueName="wildrydes-queue"),
        *PUSHED,
        # Summed up by the minute
        Function(
            "AggregatorFn",
            FunctionName="WildRydesAggregator",
            Handler="wild_rydes.handlers.aggregator.handler",
            Timeout=60,
            Environment={"TABLE_NAME": Ref("Aggregation")},
            Policies=(MAY_READ, may("dynamodb:PutItem", GetAtt("Aggregation", "Arn"))),
        ),
        mapping("Aggregating", "AggregatorFn", settings.WINDOW),
        Table(
            "Aggregation",
            TableName="UnicornAggregation",
            AttributeDefinitions={"name": "S", "windowStart": "S"},
            KeySchema={"name": "HASH", "windowStart": "RANGE"},
        ),
        # Summed up by the minute and the unicorn, in SQL
        Role(
            "SummingRole",
            RoleName="wildrydes-summing",
            Service="kinesisanalytics.amazonaws.com",
            Policies=(MAY_READ, may(("kinesis:DescribeStream", "kinesis:PutRecords"), GetAtt("Summaries", "Arn"))),
        ),
        Application(
            "Summing",
            ApplicationName=summing.NAME,
            TextContent=summing.text(),
            ServiceExecutionRole=GetAtt("SummingRole", "Arn"),
            ApplicationDescription="One line per unicorn and minute, from wildrydes to wildrydes-summary",
        ),
        # Kept as it came
        Function(
            "ArchiveFn",
            FunctionName="WildRydesArchive",
            Handler="wild_rydes.handlers.archive.handler",
            Timeout=60,
            Environment={"BUCKET_NAME": Ref("Archive")},
            Policies=(
                MAY_READ,
                may(("s3:PutObject", "s3:GetObject"), Sub("${Archive.Arn}/*")),
                may("s3:ListBucket", GetAtt("Archive", "Arn")),  # or S3 will not say that an object is not there
            ),
        ),
        mapping("Archiving", "ArchiveFn", settings.ARCHIVE),
        Bucket("Archive", BucketName="wildrydes-archive"),
        Database("Lake", Name="wildrydes"),
        DataTable(
            "Raw",
            Name="raw",
            DatabaseName=Ref("Lake"),
            Columns=catalogue.COLUMNS,
            PartitionKeys=catalogue.PARTITIONS,
            Location=Sub("s3://${Archive}/raw/"),
            Parameters=catalogue.PROJECTION,
        ),
        # Who needs looking after
        Function(
            "AlertsFn",
            FunctionName="WildRydesAlerts",
            Handler="wild_rydes.handlers.alerts.handler",
            Timeout=60,
            Environment={"TOPIC_ARN": Ref("Alerts")},
            Policies=(MAY_READ, may("sns:Publish", Ref("Alerts"))),
        ),
        mapping("Alerting", "AlertsFn", settings.ALERTS),
        Topic("Alerts", TopicName="wildrydes-alerts"),
        Queue("Inbox", QueueName="wildrydes-inbox"),
        Subscription("AlertsToInbox", TopicArn=Ref("Alerts"), Endpoint=GetAtt("Inbox", "Arn")),
    ),
)
