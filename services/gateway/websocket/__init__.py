"""API Gateway's WebSocket APIs: sockets held here, every message a call of an integration, @connections the way back.

The core files know neither sockets nor a server: events, route selection, authorizer and integrations are values and
functions; front.py is the ASGI application around them. docs/api-gateway-websocket.md says what is supported.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
"""
