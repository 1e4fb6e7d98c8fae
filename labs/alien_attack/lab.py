"""Alien Attack, the wiring as data, in the order that the data takes.

browser -> gateway (api.yaml) -> stream -> scoreboard function -> tables -> scoreboard
"""

from labs.declare import (
    Bucket,
    EventSourceMapping,
    Function,
    GetAtt,
    IdentityPool,
    Lab,
    Parameter,
    Queue,
    Ref,
    RestApi,
    Role,
    Stage,
    Stream,
    Sub,
    Table,
    UserPool,
    UserPoolClient,
    UserPoolGroup,
    UserPoolUser,
    Value,
    may,
)

WHERE: dict[str, Value] = {
    "SESSION_TABLE": Ref("Session"),
    "SCOREBOARD_TABLE": Ref("Scoreboard"),
    "SESSION_PARAMETER": Ref("SessionParameter"),
}
GATE: dict[str, Value] = {"REST_API_ID": Ref("Api"), "STAGE_NAME": "prod"}

SESSION_PARAMETER = Sub("arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter${SessionParameter}")
SESSION, SCOREBOARD = GetAtt("Session", "Arn"), GetAtt("Scoreboard", "Arn")
MAY_READ_SESSION = may("ssm:GetParameter", SESSION_PARAMETER)
MAY_OPEN_AND_CLOSE = (
    may(("ssm:GetParameter", "ssm:PutParameter"), SESSION_PARAMETER),
    may(("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"), SESSION),
    may("apigateway:PATCH", Sub("arn:aws:apigateway:${AWS::Region}::/restapis/${Api}/stages/prod")),
)

# Six characters of any kind: a room full of people types this on phones.
NO_CLASSES = {f"Require{kind}": False for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")}

LAB = Lab(
    name="alien-attack",
    about="A browser game whose players stream their scores into a live leaderboard",
    resources=(
        # Who may come in
        UserPool(
            "Gamers",
            UserPoolName="alien-attack",
            Schema=({"Name": "email", "AttributeDataType": "String", "Mutable": True, "Required": True},),
            Policies={"PasswordPolicy": {"MinimumLength": 6, **NO_CLASSES}},
            AutoVerifiedAttributes=("email",),
        ),
        UserPoolClient(
            "Website",
            ClientName="website",
            UserPoolId=Ref("Gamers"),
            ExplicitAuthFlows=("ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
        ),
        UserPoolGroup("Players", GroupName="Players", UserPoolId=Ref("Gamers"), Precedence=9999),
        UserPoolGroup("Managers", GroupName="Managers", UserPoolId=Ref("Gamers"), Precedence=0),
        IdentityPool(
            "Identities",
            IdentityPoolName="alien_attack",
            CognitoIdentityProviders=({"ProviderName": GetAtt("Gamers", "ProviderName"), "ClientId": Ref("Website")},),
        ),
        # The front door: the document says what each route does, the stage how it is served
        Role(
            "ApiRole",
            RoleName="alien-attack-api",
            Service="apigateway.amazonaws.com",
            Policies=(
                may("kinesis:PutRecord", GetAtt("Input", "Arn")),
                may("dynamodb:Query", Sub("${Scoreboard.Arn}/index/ByRank")),
                may("ssm:GetParameter*", Sub("arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/alien-attack/*")),
                may(
                    "lambda:InvokeFunction",
                    Sub("arn:aws:lambda:*:${AWS::AccountId}:function:AlienAttack*"),
                ),
            ),
        ),
        RestApi("Api", Name="alien-attack"),
        Stage(
            "Prod",
            StageName="prod",
            RestApiId=Ref("Api"),
            Variables={"openSession": "none"},
            CacheClusterEnabled=True,
            MethodSettings=(
                {"ResourcePath": "/v1/session", "HttpMethod": "GET", "CachingEnabled": True, "CacheTtlInSeconds": 1},
                {"ResourcePath": "/v1/scoreboard", "HttpMethod": "GET", "CachingEnabled": True, "CacheTtlInSeconds": 1},
            ),
        ),
        Parameter("RegionParameter", Name="/alien-attack/region", Value=Sub("${AWS::Region}")),
        Parameter("UserPoolId", Name="/alien-attack/userpoolid", Value=Ref("Gamers")),
        Parameter("UserPoolUrl", Name="/alien-attack/userpoolurl", Value=GetAtt("Gamers", "ProviderName")),
        Parameter("ClientId", Name="/alien-attack/clientid", Value=Ref("Website")),
        Parameter("IdentityPoolId", Name="/alien-attack/identitypoolid", Value=Ref("Identities")),
        Parameter("SessionParameter", Name="/alien-attack/session", Value="null", Initial=True),
        Parameter("WebSocketParameter", Name="/alien-attack/websocket", Value="ws://localhost:8000/alien-attack/prod"),
        # The way of a score
        Stream("Input", Name="AlienAttackInput", ShardCount=2),
        Function(
            "ScoreboardFn",
            FunctionName="AlienAttackScoreboard",
            Handler="alien_attack.handlers.scoreboard.handler",
            Timeout=60,
            Environment={**WHERE, "DLQ_URL": Ref("DeadLetters")},
            Policies=(
                may(
                    ("kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords"), GetAtt("Input", "Arn")
                ),
                may(("kinesis:DescribeStreamSummary", "kinesis:ListShards"), GetAtt("Input", "Arn")),
                may("dynamodb:UpdateItem", SESSION, SCOREBOARD),
                may("sqs:SendMessage", GetAtt("DeadLetters", "Arn")),
            ),
        ),
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
            AttributeDefinitions={"SessionId": "S"},
            KeySchema={"SessionId": "HASH"},
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
        Bucket("Raw", BucketName="alien-attack-raw"),
        Queue("DeadLetters", QueueName="AlienAttackDLQ"),
        # What gamers and managers may do
        Function(
            "AllocateFn",
            FunctionName="AlienAttackAllocate",
            Handler="alien_attack.handlers.allocate.handler",
            Timeout=10,
            Environment=WHERE,
            Policies=(MAY_READ_SESSION, may("dynamodb:UpdateItem", SESSION, SCOREBOARD)),
        ),
        Function(
            "DeallocateFn",
            FunctionName="AlienAttackDeallocate",
            Handler="alien_attack.handlers.deallocate.handler",
            Timeout=10,
            Environment=WHERE,
            Policies=(MAY_READ_SESSION, may("dynamodb:UpdateItem", SESSION)),
        ),
        Function(
            "OpenSessionFn",
            FunctionName="AlienAttackOpenSession",
            Handler="alien_attack.handlers.open_session.handler",
            Timeout=10,
            Environment={**WHERE, **GATE},
            Policies=MAY_OPEN_AND_CLOSE,
        ),
        Function(
            "CloseSessionFn",
            FunctionName="AlienAttackCloseSession",
            Handler="alien_attack.handlers.close_session.handler",
            Timeout=10,
            Environment={**WHERE, **GATE},
            Policies=MAY_OPEN_AND_CLOSE,
        ),
        Function(
            "ReadGamersFn",
            FunctionName="AlienAttackReadGamers",
            Handler="alien_attack.handlers.read_gamers.handler",
            Timeout=10,
            Environment=WHERE,
            Policies=(may("dynamodb:Query", Sub("${Scoreboard.Arn}/index/ByRank")),),
        ),
        # Accounts to start with
        UserPoolUser(
            "Manager",
            Username="manager",
            UserPoolId=Ref("Gamers"),
            UserAttributes={"email": "manager@example.com"},
            Groups=("Managers",),
        ),
        UserPoolUser(
            "Ada",
            Username="ada",
            UserPoolId=Ref("Gamers"),
            UserAttributes={"email": "ada@example.com"},
            Groups=("Players",),
        ),
        UserPoolUser(
            "Linus",
            Username="linus",
            UserPoolId=Ref("Gamers"),
            UserAttributes={"email": "linus@example.com"},
            Groups=("Players",),
        ),
    ),
)
