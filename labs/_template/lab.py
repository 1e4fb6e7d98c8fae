"""The wiring as data, in the order that the data takes: API -> stream -> function -> table."""

from labs.declare import (
    EventSourceMapping,
    Function,
    GetAtt,
    Lab,
    Ref,
    RestApi,
    Role,
    Stage,
    Stream,
    Table,
    may,
)

LAB = Lab(
    name="_template",
    about="Messages come in through an API, a stream carries them, a function counts them by topic",
    resources=(
        Role(
            "ApiRole",
            RoleName="_template-api",
            Service="apigateway.amazonaws.com",
            Policies=(may("kinesis:PutRecord", GetAtt("Messages", "Arn")),),
        ),
        RestApi("Api", Name="_template"),
        Stage("Prod", StageName="prod", RestApiId=Ref("Api")),
        Stream("Messages", Name="TemplateMessages", ShardCount=1),
        Function(
            "CountFn",
            FunctionName="TemplateCount",
            Handler="_template.handlers.count.handler",
            Timeout=30,
            Environment={"TOPICS_TABLE": Ref("Topics")},
            Policies=(
                may(("kinesis:DescribeStream", "kinesis:DescribeStreamSummary"), GetAtt("Messages", "Arn")),
                may(
                    ("kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords"), GetAtt("Messages", "Arn")
                ),
                may("dynamodb:UpdateItem", GetAtt("Topics", "Arn")),
            ),
        ),
        EventSourceMapping(
            "Counting",
            FunctionName=Ref("CountFn"),
            EventSourceArn=GetAtt("Messages", "Arn"),
            BatchSize=100,
            StartingPosition="TRIM_HORIZON",
        ),
        Table(
            "Topics",
            TableName="TemplateTopics",
            AttributeDefinitions={"Topic": "S"},
            KeySchema={"Topic": "HASH"},
        ),
    ),
)
