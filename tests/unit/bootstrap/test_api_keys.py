"""API keys: a declared value needs nothing, one that is not declared is made once per install and stays."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from bootstrap import apigateway, export
from bootstrap.kinds import kinds
from labs.declare import ApiKey, Lab, Ref, RestApi, Stage, Sub, UsagePlan, UsagePlanKey
from services.gateway.usage import VALUE_PARAMETER


class Ssm:
    """Parameters as SSM keeps them."""

    def __init__(self) -> None:
        self.parameters: dict[str, dict[str, Any]] = {}

    def get_parameter(self, Name: str) -> Any:
        if Name not in self.parameters:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        return {"Parameter": self.parameters[Name]}

    def put_parameter(self, **parameter: Any) -> None:
        self.parameters[parameter["Name"]] = parameter

    def delete_parameter(self, Name: str) -> None:
        del self.parameters[Name]


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Ssm:
    made = Ssm()
    monkeypatch.setattr(apigateway, "client", lambda _service: made)
    return made


def test_a_value_is_made_once_and_deleted_with_its_key(ssm: Ssm) -> None:
    """A SecureString where the gateway looks for it, of 20 to 128 characters; put again, it stays as it is."""
    keys, key = apigateway.ApiKeys(), ApiKey("Key", Name="room")
    assert keys.find(key) is None
    assert keys.put(key, None) == {"Ref": "room", "APIKeyId": "room"}
    (parameter,) = ssm.parameters.values()
    assert (parameter["Name"], parameter["Type"]) == (VALUE_PARAMETER + "room", "SecureString")
    assert 20 <= len(parameter["Value"]) <= 128

    found = keys.find(key)
    assert found is not None
    keys.put(key, found)
    assert ssm.parameters[VALUE_PARAMETER + "room"]["Value"] == parameter["Value"]
    keys.delete(key, found)
    assert ssm.parameters == {}


def test_a_declared_value_is_kept_nowhere(ssm: Ssm) -> None:
    """It is in the declaration, for the gateway to read."""
    keys, key = apigateway.ApiKeys(), ApiKey("Key", Name="room", Value="v" * 20)
    found = keys.find(key)
    assert found is not None
    keys.put(key, found)
    keys.delete(key, found)
    assert ssm.parameters == {}


def test_plans_and_their_keys_are_declared_and_exported_as_cloudformation_has_them() -> None:
    """Bootstrap knows the kinds; the template has the properties, references included."""
    log = Sub("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:x")
    resources = (
        RestApi("Api", Name="shop"),
        Stage("Dev", StageName="dev", RestApiId=Ref("Api"),
              AccessLogSetting={"DestinationArn": log, "Format": "$context.requestId"}),
        ApiKey("Key", Name="room"),
        UsagePlan("Plan", UsagePlanName="room", Quota={"Limit": 5, "Period": "DAY"},
                  ApiStages=({"ApiId": Ref("Api"), "Stage": Ref("Dev"), "Throttle": {"/x/GET": {"RateLimit": 1}}},)),
        UsagePlanKey("Link", KeyId=Ref("Key"), UsagePlanId=Ref("Plan")),
    )  # fmt: skip
    exported = {one.logical_id: export._resource(Lab("t", "", resources), one) for one in resources[1:]}
    assert {type(one) for one in resources} <= set(kinds(None, None, str).keys())  # type: ignore[arg-type]
    assert exported["Plan"] == {
        "Type": "AWS::ApiGateway::UsagePlan",
        "Properties": {
            "UsagePlanName": "room",
            "ApiStages": [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Dev"}, "Throttle": {"/x/GET": {"RateLimit": 1}}}],
            "Quota": {"Limit": 5, "Period": "DAY"},
        },
    }
    assert exported["Link"]["Properties"]["KeyId"] == {"Ref": "Key"}
    assert exported["Key"]["Properties"] == {"Name": "room", "Enabled": True}
    assert exported["Dev"]["Properties"]["AccessLogSetting"]["DestinationArn"] == {"Fn::Sub": log.text}
