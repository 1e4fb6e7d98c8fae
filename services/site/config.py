"""What the pages are told: the content of /config.json, which on AWS the deployment writes into the bucket."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from cloud.guard import LOOPBACK
from labs.declare import Lab, Ref, RestApi, Stage
from services.site.addresses import Addresses


def page_config(region: str, addresses: Addresses, labs: Iterable[Lab]) -> dict[str, Any]:
    """{"region", "cognito": address of the user pools' API, "apis": {API's name: its stage's invoke address}, ...}.

    An invoke address ends with the stage ("http://localhost:8000/alien-attack/prod"), as API Gateway shows it. Besides,
    "site" is the address to share with others; "inbox" is where a visitor on this machine finds the codes that Cognito
    sends, and is not there for anybody else.
    """
    near = urlsplit(addresses.cognito).hostname in LOOPBACK
    return {
        **({"inbox": f"{addresses.cognito}/inbox"} if near else {}),
        "region": region,
        "site": addresses.site,
        "cognito": addresses.cognito,
        "apis": {
            api.Name: f"{addresses.gateway}/{api.Name}/{stage.StageName}"
            for lab in labs
            for api in lab.of(RestApi)
            for stage in lab.of(Stage)
            if stage.RestApiId == Ref(api.logical_id)
        },
    }
