"""Stands in for Amazon API Gateway: serves the REST APIs of the labs' api.yaml documents, and their WebSocket APIs.

A request goes through the steps that AWS documents, in AWS's order: matching, authorizer, API key and limits,
validation, response cache, request mapping, integration, response mapping, gateway responses for whatever failed. The
steps are pure; whatever touches the network is handed out as a call and its answer handed back in (pipeline.py).

Not here: VPC links, response streaming, custom domains. A document that asks for what is not here is refused when it is
loaded, by name. Execution roles are accepted and not assumed; docs/api-gateway.md has the whole list.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-rest-api.html
"""
