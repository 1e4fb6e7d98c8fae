"""API Gateway: nothing is created. The gateway serves a lab's api.yaml and its stages straight from the declaration."""

from bootstrap.kind import Found
from bootstrap.resolve import Attributes
from labs.declare import RestApi, Stage


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
