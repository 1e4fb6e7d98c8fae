"""What the pages are told: the content of /config.json, which on AWS the deployment writes into the bucket."""

from collections.abc import Sequence
from typing import Any

from labs.declare import Lab, Ref, RestApi, Stage, WebSocketApi
from services.site.addresses import Addresses


def page_config(region: str, addresses: Addresses, labs: Sequence[Lab]) -> dict[str, Any]:
    """{"region", "cognito": its address, "endpoints": {"kinesis", "sqs": theirs}, "apis": {API's name: address}, ...}.

    An API's address is its invoke address, which ends with the stage ("http://localhost:8000/alien-attack/prod"), as
    API Gateway shows it; "sockets" has those of WebSocket APIs. Besides, "site" is the address to share with others,
    and "inbox", on a local stack, where Cognito's codes arrive.
    """
    return {
        "region": region,
        "site": addresses.site,
        "cognito": addresses.cognito,
        "endpoints": dict(addresses.services),
        **({"inbox": addresses.inbox} if addresses.inbox else {}),
        "apis": {
            api.Name: f"{addresses.gateway}/{api.Name}/{stage.StageName}"
            for lab in labs
            for api in lab.of(RestApi)
            for stage in lab.of(Stage)
            if stage.RestApiId == Ref(api.logical_id)
        },
        "sockets": {
            api.Name: f"{addresses.socket}/{api.Name}/{stage.StageName}"
            for lab in labs
            for api in lab.of(WebSocketApi)
            for stage in api.Stages
        },
    }
