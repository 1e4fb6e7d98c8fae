"""What a lab can declare of API keys and usage plans; labs/declare.py has all kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.values import Resource, Value


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
