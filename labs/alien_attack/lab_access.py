"""Alien Attack's wiring, what its functions have in common: where everything is, and who may do what with it."""

from collections.abc import Mapping
from typing import Any

from labs.declare import EventSourceMapping, Function, GetAtt, Ref, Sub, Value, may

# Where everything is: the same for every function, each of which may use only what its policies say.
WHERE: dict[str, Value] = {
    "SESSION_TABLE": Ref("Session"),
    "SEATS_TABLE": Ref("Seats"),
    "SCOREBOARD_TABLE": Ref("Scoreboard"),
    "MARKS_TABLE": Ref("Marks"),
    "CONNECTIONS_TABLE": Ref("Connections"),
    "WATCHERS_TABLE": Ref("Watchers"),
    "SESSION_PARAMETER": Ref("SessionParameter"),
    "RAW_BUCKET": Ref("Raw"),
    "DLQ_URL": Ref("DeadLetters"),
    "CLOCK_URL": Ref("Clock"),
    "REST_API_ID": Ref("Api"),
    "STAGE_NAME": "prod",
    "LIVE_URL": Sub("${Live.ApiEndpoint}/production"),
    "POOL_NAME": GetAtt("Gamers", "ProviderName"),
    "CLIENT_ID": Ref("Website"),
}

SESSION, SEATS, SCOREBOARD = GetAtt("Session", "Arn"), GetAtt("Seats", "Arn"), GetAtt("Scoreboard", "Arn")
MARKS, BY_RANK = GetAtt("Marks", "Arn"), Sub("${Scoreboard.Arn}/index/ByRank")
CONNECTIONS, WATCHERS = GetAtt("Connections", "Arn"), GetAtt("Watchers", "Arn")
SESSION_PARAMETER = Sub("arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter${SessionParameter}")
STAGE = Sub("arn:aws:apigateway:${AWS::Region}::/restapis/${Api}/stages/prod")
LIVE = Sub("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Live}/production/POST/@connections/*")

READ_SESSION = may("ssm:GetParameter", SESSION_PARAMETER)
READ_BOARD = may("dynamodb:Query", SCOREBOARD, BY_RANK)
READ_SEATS = may("dynamodb:GetItem", SEATS)
RENEW = may("dynamodb:UpdateItem", SCOREBOARD)
KEEP_TIME = (may(("dynamodb:GetItem", "dynamodb:UpdateItem"), MARKS), may("sqs:SendMessage", GetAtt("Clock", "Arn")))
FREE_SEATS = (
    *KEEP_TIME,
    READ_BOARD,
    may(("dynamodb:GetItem", "dynamodb:UpdateItem"), SEATS),
    may(("dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"), SCOREBOARD),
)
RUN_SESSIONS = (
    may(("ssm:GetParameter", "ssm:PutParameter"), SESSION_PARAMETER),
    may(("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"), SESSION, SEATS),
    may(("apigateway:GET", "apigateway:PATCH"), STAGE),
)
SPEAK = may("execute-api:ManageConnections", LIVE)
TELL = (may(("dynamodb:Scan", "dynamodb:DeleteItem"), CONNECTIONS), SPEAK)
TELL_WATCHERS = (may(("dynamodb:Query", "dynamodb:DeleteItem"), WATCHERS), SPEAK)

# By its kind, not by its name: the pool names the function whose policy this is.
POOLS = Sub("arn:aws:cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/*")


def read_stream(arn: Value, service: str = "dynamodb") -> tuple[Mapping[str, Any], ...]:
    """What a function needs whose mapping reads this stream."""
    more = (
        ("dynamodb:ListStreams",) if service == "dynamodb" else ("kinesis:DescribeStreamSummary", "kinesis:ListShards")
    )
    reads = tuple(f"{service}:{verb}" for verb in ("DescribeStream", "GetShardIterator", "GetRecords"))
    return (may((*reads, *more), arn),)


def function(name: str, module: str, *policies: Mapping[str, Any], **more: Any) -> Function:
    """A function of this lab: <name>Fn, called AlienAttack<name>, of handlers/<module>.py."""
    handler = f"alien_attack.handlers.{module}.handler"
    settings: dict[str, Any] = {"Timeout": 10, "Environment": WHERE, "Policies": policies} | more
    return Function(f"{name}Fn", FunctionName=f"AlienAttack{name}", Handler=handler, **settings)


def changes(name: str, table: str, to: str = "PushFn", **more: Any) -> EventSourceMapping:
    """What has changed in a table is pushed: news that cannot be told after some attempts is not news any more."""
    settings: dict[str, Any] = {"BatchSize": 1000, "StartingPosition": "LATEST", "MaximumRetryAttempts": 3} | more
    return EventSourceMapping(name, FunctionName=Ref(to), EventSourceArn=GetAtt(table, "StreamArn"), **settings)


ONLY_BOARDS = {"Filters": [{"Pattern": '{"dynamodb": {"Keys": {"Name": {"S": [{"prefix": "board/"}]}}}}'}]}
