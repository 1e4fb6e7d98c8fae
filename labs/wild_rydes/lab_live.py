"""Wild Rydes' wiring, how pages hear of the fleet that do not read the stream: a function tells them, by WebSocket."""

from labs.declare import (
    Function,
    GetAtt,
    Integration,
    Ref,
    Resource,
    Route,
    Sub,
    Table,
    Value,
    WebSocketApi,
    WebSocketStage,
    invocation,
    may,
)
from labs.wild_rydes import settings
from labs.wild_rydes.lab_access import MAY_READ, mapping

WATCHERS = GetAtt("Watchers", "Arn")
WHERE: dict[str, Value] = {
    "STREAM_NAME": Ref("Readings"),
    "WATCHERS_TABLE": Ref("Watchers"),
    "LIVE_URL": Sub("${Live.ApiEndpoint}/production"),
}
TELL = may(
    "execute-api:ManageConnections",
    Sub("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Live}/production/POST/@connections/*"),
)
ASKED = Integration(invocation("WatchersFn"))
ANSWERED = "$default"  # what the function answers goes to the caller

PUSHED: tuple[Resource, ...] = (
    WebSocketApi(
        "Live",
        Name="wild-rydes-live",
        Routes=(
            Route("$connect", ASKED),
            Route("$disconnect", ASKED),
            Route("fleet", ASKED, ANSWERED),
            Route("ping", ASKED, ANSWERED),
            Route("$default", ASKED, ANSWERED),
        ),
        # Anybody may come in, as anybody may read the stream; a question about the fleet reads half a minute of it
        Stages=(
            WebSocketStage(
                "production", DefaultRouteSettings={"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
            ),
        ),
    ),
    Function(
        "WatchersFn",
        FunctionName="WildRydesWatchers",
        Handler="wild_rydes.handlers.watchers.handler",
        Timeout=20,
        Environment=WHERE,
        Policies=(MAY_READ, TELL, may(("dynamodb:PutItem", "dynamodb:DeleteItem"), WATCHERS)),
    ),
    Table(
        "Watchers",
        TableName="WildRydesWatchers",
        AttributeDefinitions={"ConnectionId": "S"},
        KeySchema={"ConnectionId": "HASH"},
        TimeToLiveSpecification={"AttributeName": "ExpiresAt", "Enabled": True},
    ),
    Function(
        "PushFn",
        FunctionName="WildRydesPush",
        Handler="wild_rydes.handlers.push.handler",
        Timeout=30,
        Environment=WHERE,
        Policies=(MAY_READ, TELL, may(("dynamodb:Scan", "dynamodb:DeleteItem"), WATCHERS)),
    ),
    mapping("Pushing", "PushFn", settings.PUSH, start="LATEST"),
)
