"""WebSocket APIs: nothing is created. The gateway serves them straight from the declaration."""

from urllib.parse import urlsplit

from bootstrap.kind import Found
from bootstrap.resolve import Attributes
from cloud import clients
from labs.websocket import WebSocketApi


class WebSocketApis:
    """AWS::ApiGatewayV2::Api. Its id is its name here, its endpoint the gateway's address with that name."""

    service = ""

    def find(self, api: WebSocketApi) -> Found | None:
        return Found(_attributes(api))

    def put(self, api: WebSocketApi, _found: Found | None) -> Attributes:
        return _attributes(api)

    def delete(self, _api: WebSocketApi, _found: Found) -> None:
        return


def _attributes(api: WebSocketApi) -> Attributes:
    gateway = urlsplit(clients.endpoint("apigateway"))
    scheme = "wss" if gateway.scheme == "https" else "ws"
    return {"Ref": api.Name, "ApiId": api.Name, "ApiEndpoint": f"{scheme}://{gateway.netloc}/{api.Name}"}
