"""What a lab can declare of a REST API: its document, stages, keys and usage plans. labs/declare.py has all kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.values import Resource, Value


@dataclass(frozen=True)
class RestApi(Resource):
    """AWS::ApiGateway::RestApi from an OpenAPI 3.0.1 document beside lab.py. Ref: the API's id, which here is Name."""

    Name: str
    Body: str = "api.yaml"


@dataclass(frozen=True)
class Stage(Resource):
    """AWS::ApiGateway::Stage.

    MethodSettings: as CloudFormation has them, e.g. {"ResourcePath": "/v1/scoreboard", "HttpMethod": "GET",
    "CachingEnabled": True, "CacheTtlInSeconds": 1, "ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 10,
    "LoggingLevel": "INFO", "DataTraceEnabled": True, "MetricsEnabled": True}; "/*" and "*" mean all.
    Variables are what the stage starts with; UpdateStage changes them.
    AccessLogSetting: {"DestinationArn": Sub("arn:aws:logs:...:log-group:x"), "Format": "$context.requestId ..."}.
    """

    StageName: str
    RestApiId: Value
    Variables: Mapping[str, str] = field(default_factory=dict)
    MethodSettings: tuple[Mapping[str, Any], ...] = ()
    CacheClusterEnabled: bool = False
    AccessLogSetting: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class ApiKey(Resource):
    """AWS::ApiGateway::ApiKey. Ref: the key's id, which here is Name.

    Value: 20 to 128 characters; without one bootstrap makes one: the SecureString parameter /fogbank/api-keys/<Name>.
    """

    Name: str
    Value: str | None = None
    Enabled: bool = True


@dataclass(frozen=True)
class UsagePlan(Resource):
    """AWS::ApiGateway::UsagePlan. Ref: the plan's id, which here is UsagePlanName.

    ApiStages: {"ApiId": Ref(...), "Stage": Ref(...), "Throttle": {"/pets/GET": {"RateLimit": 1, "BurstLimit": 2}}};
    Quota: {"Limit": 1000, "Period": "DAY", "Offset": 0}, or WEEK or MONTH; Throttle: {"RateLimit": 5, "BurstLimit": 9}.
    """

    UsagePlanName: str
    ApiStages: tuple[Mapping[str, Any], ...] = ()
    Quota: Mapping[str, Any] = field(default_factory=dict)
    Throttle: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class UsagePlanKey(Resource):
    """AWS::ApiGateway::UsagePlanKey: a key gets a plan. Ref: its id."""

    KeyId: Value
    UsagePlanId: Value
    KeyType: str = "API_KEY"
