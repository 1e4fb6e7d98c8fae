"""What the pages are told: the content of /config.json, which on AWS the deployment writes into the bucket."""

from collections.abc import Iterable
from typing import Any

from labs.declare import Lab, Ref, RestApi, Stage
from services.site.addresses import Addresses


def page_config(region: str, addresses: Addresses, labs: Iterable[Lab]) -> dict[str, Any]:
    """{"region", "cognito": address of the user pools' API, "apis": {API's name: its stage's invoke address}, ...}.

    An invoke address ends with the stage ("http://localhost:8000/alien-attack/prod"), as API Gateway shows it. Besides,
    "site" is the address to share with others, and "endpoints" are those of Kinesis and SQS.
    """
    return {
        "region": region,
        "site": addresses.site,
        "cognito": addresses.cognito,
        "endpoints": {"kinesis": addresses.kinesis, "sqs": addresses.sqs},
        "apis": {
            api.Name: f"{addresses.gateway}/{api.Name}/{stage.StageName}"
            for lab in labs
            for api in lab.of(RestApi)
            for stage in lab.of(Stage)
            if stage.RestApiId == Ref(api.logical_id)
        },
    }
