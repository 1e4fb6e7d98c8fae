"""Alien Attack, the wiring as data, in the order that the data takes.

browser -> gateway (api.yaml) -> stream -> scoreboard function -> tables -> scoreboard, pushed over the WebSocket API
"""

from labs.declare import (
    Authorizer,
    GetAtt,
    IdentityPool,
    Integration,
    Lab,
    Parameter,
    Ref,
    RestApi,
    Role,
    Route,
    Stage,
    Sub,
    UserPool,
    UserPoolClient,
    UserPoolGroup,
    UserPoolUser,
    WebSocketApi,
    WebSocketStage,
    invocation,
    may,
)

from .lab_callers import CALLED
from .lab_path import AROUND, SCORE

# Six characters of any kind: a room full of people types this on phones.
NO_CLASSES = {f"Require{kind}": False for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")}

TOKEN = Authorizer("Token", invocation("AuthorizeFn"), ("route.request.querystring.token",))
ANSWERED = "$default"  # what the function answers goes to the caller

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
            LambdaConfig={"PostConfirmation": GetAtt("PostConfirmationFn", "Arn")},
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
            Variables={"openSession": "none", "closesAt": "9999999999999"},
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
        Parameter("WebSocketParameter", Name="/alien-attack/websocket", Value=Sub("${Live.ApiEndpoint}/production")),
        WebSocketApi(
            "Live",
            Name="alien-attack-live",
            RouteSelectionExpression="$request.body.action",
            Routes=(
                Route("$connect", Integration(invocation("ConnectFn")), AuthorizerId=TOKEN),
                Route("$disconnect", Integration(invocation("DisconnectFn"))),
                Route("start-game", Integration(invocation("StartGameFn")), ANSWERED),
                Route("ping", Integration(invocation("PingFn")), ANSWERED),
                Route("$default", Integration(invocation("UnknownActionFn")), ANSWERED),
            ),
            Stages=(WebSocketStage("production"),),
        ),
        *SCORE,
        *AROUND,
        *CALLED,
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
