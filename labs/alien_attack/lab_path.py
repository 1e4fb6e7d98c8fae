"""Alien Attack's wiring, the way of a score: stream, reader, tables; then the push, the archive and the clock."""

from labs.declare import Bucket, EventSourceMapping, GetAtt, Queue, Ref, Resource, Stream, Sub, Table, may

from .lab_access import (
    FREE_SEATS,
    MARKS,
    ONLY_BOARDS,
    READ_BOARD,
    READ_SEATS,
    READ_SESSION,
    RUN_SESSIONS,
    SCOREBOARD,
    SEATS,
    TELL,
    TELL_WATCHERS,
    WHERE,
    changes,
    function,
    read_stream,
)

SCORE: tuple[Resource, ...] = (
    # The way of a score
    Stream("Input", Name="AlienAttackInput", ShardCount=2),
    function(
        "Scoreboard",
        "scoreboard",
        *read_stream(GetAtt("Input", "Arn"), "kinesis"),
        may("dynamodb:UpdateItem", SEATS, SCOREBOARD, MARKS),
        may("sqs:SendMessage", GetAtt("DeadLetters", "Arn")),
        Timeout=60,
    ),
    # Tried again until it is done: nothing that was accepted may be dropped, and what cannot be counted is a dead
    # letter of the function's own.
    EventSourceMapping(
        "Scores",
        FunctionName=Ref("ScoreboardFn"),
        EventSourceArn=GetAtt("Input", "Arn"),
        BatchSize=1000,
        StartingPosition="TRIM_HORIZON",
    ),
    Table(
        "Session",
        TableName="AlienAttackSession",
        AttributeDefinitions={"SessionId": "S", "Kind": "S", "OpeningTime": "S"},
        KeySchema={"SessionId": "HASH"},
        GlobalSecondaryIndexes=(
            {
                "IndexName": "ByOpening",
                "KeySchema": {"Kind": "HASH", "OpeningTime": "RANGE"},
                "Projection": {"ProjectionType": "ALL"},
            },
        ),
        StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"},
    ),
    Table(
        "Seats",
        TableName="AlienAttackSeats",
        AttributeDefinitions={"SessionId": "S"},
        KeySchema={"SessionId": "HASH"},
        StreamSpecification={"StreamViewType": "KEYS_ONLY"},
    ),
    Table(
        "Scoreboard",
        TableName="AlienAttackScoreboard",
        AttributeDefinitions={"SessionId": "S", "Nickname": "S", "Rank": "S"},
        KeySchema={"SessionId": "HASH", "Nickname": "RANGE"},
        LocalSecondaryIndexes=(
            {
                "IndexName": "ByRank",
                "KeySchema": {"SessionId": "HASH", "Rank": "RANGE"},
                "Projection": {"ProjectionType": "ALL"},
            },
        ),
    ),
    Table(
        "Marks",
        TableName="AlienAttackMarks",
        AttributeDefinitions={"Name": "S"},
        KeySchema={"Name": "HASH"},
        StreamSpecification={"StreamViewType": "KEYS_ONLY"},
    ),
    Table(
        "Connections",
        TableName="AlienAttackConnections",
        AttributeDefinitions={"ConnectionId": "S"},
        KeySchema={"ConnectionId": "HASH"},
        StreamSpecification={"StreamViewType": "KEYS_ONLY"},
        TimeToLiveSpecification={"AttributeName": "ExpiresAt", "Enabled": True},
    ),
    Table(
        "Watchers",
        TableName="AlienAttackWatchers",
        AttributeDefinitions={"SessionId": "S", "ConnectionId": "S"},
        KeySchema={"SessionId": "HASH", "ConnectionId": "RANGE"},
        TimeToLiveSpecification={"AttributeName": "ExpiresAt", "Enabled": True},
    ),
    Queue("DeadLetters", QueueName="AlienAttackDLQ", Attributes={"MessageRetentionPeriod": "1209600"}),
)

AROUND: tuple[Resource, ...] = (
    # What has changed, to everybody in the room
    function(
        "Push",
        "push",
        *(
            statement
            for table in ("Marks", "Seats", "Session", "Connections")
            for statement in read_stream(GetAtt(table, "StreamArn"))
        ),
        *TELL,
        READ_SESSION,
        READ_BOARD,
        READ_SEATS,
        Timeout=30,
        Environment=WHERE | {"AUDIENCE": "room"},
    ),
    changes("Boards", "Marks", MaximumBatchingWindowInSeconds=1, FilterCriteria=ONLY_BOARDS),
    changes("Taken", "Seats", MaximumBatchingWindowInSeconds=1),
    changes("Sessions", "Session"),
    changes("Newcomers", "Connections", FunctionResponseTypes=("ReportBatchItemFailures",)),
    # The board once more, to the few who watch it, without a window: the next batch waits for the last invocation
    function(
        "Watch",
        "push",
        *read_stream(GetAtt("Marks", "StreamArn")),
        *TELL_WATCHERS,
        READ_BOARD,
        Timeout=30,
        Environment=WHERE | {"AUDIENCE": "watchers"},
    ),
    changes("Watched", "Marks", to="WatchFn", FilterCriteria=ONLY_BOARDS),
    # The archive: files of ten seconds or of as much as an invocation may carry
    Bucket("Raw", BucketName="alien-attack-raw"),
    function(
        "Archive",
        "archive",
        *read_stream(GetAtt("Input", "Arn"), "kinesis"),
        may(("s3:PutObject", "s3:GetObject"), Sub("${Raw.Arn}/*")),
        may(("dynamodb:GetItem", "dynamodb:UpdateItem"), MARKS),
        Timeout=60,
        MemorySize=256,
    ),
    EventSourceMapping(
        "Posts",
        FunctionName=Ref("ArchiveFn"),
        EventSourceArn=GetAtt("Input", "Arn"),
        BatchSize=10_000,
        MaximumBatchingWindowInSeconds=10,
        StartingPosition="TRIM_HORIZON",
    ),
    # The clock of an open session
    Queue(
        "Clock",
        QueueName="AlienAttackClock",
        Attributes={"VisibilityTimeout": "15", "MessageRetentionPeriod": "300"},
    ),
    function(
        "Tick",
        "tick",
        *FREE_SEATS,
        *RUN_SESSIONS,
        may(("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), GetAtt("Clock", "Arn")),
    ),
    EventSourceMapping("Ticks", FunctionName=Ref("TickFn"), EventSourceArn=GetAtt("Clock", "Arn"), BatchSize=1),
)
