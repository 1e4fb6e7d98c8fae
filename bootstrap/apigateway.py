"""API Gateway: the gateway serves a lab's api.yaml, its stages, plans and keys straight from the declaration.

What is created are the values of API keys that declare none: random, one per install, in SecureString parameters.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html
"""

import secrets

from bootstrap.kind import Found, unless_missing
from bootstrap.resolve import Attributes
from cloud.clients import client
from labs.declare import ApiKey, RestApi, Stage, UsagePlan, UsagePlanKey

_KEYS = "/fogbank/api-keys/"


class RestApis:
    """AWS::ApiGateway::RestApi. Its id is its name here."""

    service = ""

    def find(self, api: RestApi) -> Found | None:
        return Found({"Ref": api.Name})

    def put(self, api: RestApi, _found: Found | None) -> Attributes:
        return {"Ref": api.Name}

    def delete(self, _api: RestApi, _found: Found) -> None:
        return


class Stages:
    """AWS::ApiGateway::Stage."""

    service = ""

    def find(self, stage: Stage) -> Found | None:
        return Found({"Ref": stage.StageName})

    def put(self, stage: Stage, _found: Found | None) -> Attributes:
        return {"Ref": stage.StageName}

    def delete(self, _stage: Stage, _found: Found) -> None:
        return


class ApiKeys:
    """AWS::ApiGateway::ApiKey. Its id is its name here."""

    service = "ssm"

    def find(self, key: ApiKey) -> Found | None:
        found = Found({"Ref": key.Name, "APIKeyId": key.Name})
        if key.Value is not None:
            return found
        answer = unless_missing(client("ssm").get_parameter, "ParameterNotFound", Name=_KEYS + key.Name)
        return found if answer else None

    def put(self, key: ApiKey, found: Found | None) -> Attributes:
        if key.Value is None and found is None:
            value = secrets.token_urlsafe(30)
            client("ssm").put_parameter(Name=_KEYS + key.Name, Value=value, Type="SecureString", Overwrite=True)
        return {"Ref": key.Name, "APIKeyId": key.Name}

    def delete(self, key: ApiKey, _found: Found) -> None:
        if key.Value is None:
            unless_missing(client("ssm").delete_parameter, "ParameterNotFound", Name=_KEYS + key.Name)


class UsagePlans:
    """AWS::ApiGateway::UsagePlan. Its id is its name here."""

    service = ""

    def find(self, plan: UsagePlan) -> Found | None:
        return Found({"Ref": plan.UsagePlanName, "Id": plan.UsagePlanName})

    def put(self, plan: UsagePlan, _found: Found | None) -> Attributes:
        return {"Ref": plan.UsagePlanName, "Id": plan.UsagePlanName}

    def delete(self, _plan: UsagePlan, _found: Found) -> None:
        return


class UsagePlanKeys:
    """AWS::ApiGateway::UsagePlanKey."""

    service = ""

    def find(self, link: UsagePlanKey) -> Found | None:
        return Found(_link(link))

    def put(self, link: UsagePlanKey, _found: Found | None) -> Attributes:
        return _link(link)

    def delete(self, _link: UsagePlanKey, _found: Found) -> None:
        return


def _link(link: UsagePlanKey) -> Attributes:
    return {"Ref": f"{link.KeyId}:{link.UsagePlanId}"}
