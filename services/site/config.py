"""What the pages are told: the content of /config.json, which on AWS the deployment writes into the bucket."""

from collections.abc import Iterable
from typing import Any

from labs.declare import Lab, Ref, RestApi, Stage
from services.site.settings import Settings


def page_config(settings: Settings, labs: Iterable[Lab]) -> dict[str, Any]:
    """{"region", "cognito": its address, "endpoints": {"kinesis", "sqs": addresses}, "apis": {API's name: address}}.

    An API's address is its invoke address, which ends with the stage ("http://localhost:8000/alien-attack/prod"), as
    API Gateway shows it.
    """
    return {
        "region": settings.region,
        "cognito": settings.cognito,
        "endpoints": {"kinesis": settings.kinesis, "sqs": settings.sqs},
        "apis": {
            api.Name: f"{settings.gateway}/{api.Name}/{stage.StageName}"
            for lab in labs
            for api in lab.of(RestApi)
            for stage in lab.of(Stage)
            if stage.RestApiId == Ref(api.logical_id)
        },
    }
