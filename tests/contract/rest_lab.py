"""A lab for tests: one route per row of the table of situations, on two APIs.

"shop" has AWS's own gateway responses, "cors" declares its own; everything else is one idea per path.
"""

from typing import Any

from labs.declare import ApiKey, Lab, Ref, RestApi, Stage, Sub, UsagePlan, UsagePlanKey
from tests.unit.gateway.support import COGNITO, POOL_ARN

QUOTA_KEY, THROTTLED_KEY, METHOD_KEY = (
    "quota-key-0123456789abcdef",
    "throttle-key-0123456789ab",
    "method-key-0123456789abcd",
)
DISABLED_KEY, LOOSE_KEY = "disabled-key-0123456789abc", "loose-key-0123456789abcdef"
SHARED_QUOTA_KEY, SHARED_BURST_KEY = "shared-quota-key-0123456789", "shared-burst-key-0123456789"
ACCESS_FORMAT = (
    '{"id":"$context.requestId","path":"$context.path","status":"$context.status","who":"$context.authorizer.principalId",'
    '"agent":"$context.identity.userAgent","error":"$context.error.responseType","nothing":"$context.nothing",'
    '"key":"$context.identity.apiKey","backend":"$context.integration.status"}'
)


def plan(name: str, **more: Any) -> tuple[UsagePlan, UsagePlanKey]:
    """A usage plan on the shop with the key of the same name."""
    method = more.pop("method", None)
    stage = {"ApiId": Ref("Shop"), "Stage": Ref("ShopStage"), **({"Throttle": method} if method else {})}
    return (
        UsagePlan(f"{name}Plan", UsagePlanName=f"{name}Plan", ApiStages=(stage,), **more),
        UsagePlanKey(f"{name}Link", KeyId=Ref(f"{name}Key"), UsagePlanId=Ref(f"{name}Plan")),
    )


LAB = Lab(
    name="rest-rows",
    about="A route for every row.",
    resources=(
        RestApi("Shop", Name="shop", Body="shop.json"),
        RestApi("Cors", Name="cors", Body="cors.json"),
        Stage(
            "ShopStage",
            StageName="dev",
            RestApiId=Ref("Shop"),
            Variables={"host": "placeholder", "fn": "proxy"},
            CacheClusterEnabled=True,
            MethodSettings=(
                {"ResourcePath": "/stage-throttled", "HttpMethod": "GET", "ThrottlingRateLimit": 0.001,
                 "ThrottlingBurstLimit": 2},
                {"ResourcePath": "/~1cached", "HttpMethod": "GET", "CachingEnabled": True},
                {"ResourcePath": "/logged", "HttpMethod": "GET", "LoggingLevel": "INFO", "DataTraceEnabled": True,
                 "MetricsEnabled": True},
            ),
            AccessLogSetting={
                "DestinationArn": Sub("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:rest-access"),
                "Format": ACCESS_FORMAT,
            },
        ),
        Stage("CorsStage", StageName="dev", RestApiId=Ref("Cors")),
        ApiKey("QuotaKey", Name="quota", Value=QUOTA_KEY),
        ApiKey("ThrottledKey", Name="throttled", Value=THROTTLED_KEY),
        ApiKey("MethodKey", Name="method", Value=METHOD_KEY),
        ApiKey("DisabledKey", Name="disabled", Value=DISABLED_KEY, Enabled=False),
        ApiKey("LooseKey", Name="loose", Value=LOOSE_KEY),
        ApiKey("SharedQuotaKey", Name="shared-quota", Value=SHARED_QUOTA_KEY),
        ApiKey("SharedBurstKey", Name="shared-burst", Value=SHARED_BURST_KEY),
        *plan("SharedQuota", Quota={"Limit": 5, "Period": "MONTH"}),
        *plan("SharedBurst", Throttle={"RateLimit": 0.001, "BurstLimit": 4}),
        *plan("Quota", Quota={"Limit": 3, "Period": "MONTH"}),
        *plan("Throttled", Throttle={"RateLimit": 0.001, "BurstLimit": 2}),
        *plan("Method", method={"/key/GET": {"RateLimit": 0.001, "BurstLimit": 1}}),
        *plan("Disabled"),
    ),
)  # fmt: skip


def function(name: str) -> str:
    """The uri of a function's invocation."""
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


def authorizer(name: str, kind: str, ttl: int, **more: Any) -> dict[str, Any]:
    """A security scheme with a Lambda authorizer."""
    declared = {"type": kind, "authorizerUri": function(name), "authorizerResultTtlInSeconds": ttl, **more}
    return {
        "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": declared,
    }  # fmt: skip


MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": '{"ok": true}'}}},
}
OK = {"default": {"statusCode": "200"}}


def op(integration: Any = MOCK, **more: Any) -> dict[str, Any]:
    """An operation."""
    return {"responses": {"200": {"description": "."}}, "x-amazon-apigateway-integration": integration, **more}


def proxy(name: str, **more: Any) -> dict[str, Any]:
    """A Lambda proxy integration."""
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": function(name), **more}


def aws(service: str, body: str = "", **more: Any) -> dict[str, Any]:
    """An integration with an AWS service."""
    parameters = more.pop("parameters", {})
    templates = {"application/json": body} if body else {}
    return {
        "type": "aws", "httpMethod": "POST", "uri": f"arn:aws:apigateway:us-east-1:{service}", "responses": OK,
        "requestTemplates": templates, "requestParameters": parameters, **more,
    }  # fmt: skip


FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}


def shop(backend: str, nowhere: str) -> dict[str, Any]:
    """The API with AWS's own gateway responses. backend, nowhere: addresses, of the stub and of nobody."""
    number = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1}}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
    required = [
        {"in": "query", "name": "qs1", "required": True, "schema": {"type": "string"}},
        {"in": "query", "name": "issuer", "required": True, "schema": {"type": "string"}},
        {"in": "header", "name": "x-header-param", "required": True, "schema": {"type": "string"}},
    ]
    key_parameter = [{"in": "path", "name": "key", "required": True, "schema": {"type": "string"}}]
    rest_parameter = [{"in": "path", "name": "rest", "required": True, "schema": {"type": "string"}}]
    s3 = aws("s3:path/rest-rows/{key}", httpMethod="GET", parameters={
        "integration.request.path.key": "method.request.path.key"})  # fmt: skip
    s3["responses"] = {**OK, "4\\d\\d": {"statusCode": "404"}}
    return {
        "openapi": "3.0.1",
        "info": {"title": "shop", "version": "1"},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}},
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "paths": {
            "/mock": {"get": op()},
            "/cognito": {"get": op(security=[{"Gamers": []}])},
            "/scoped": {"get": op(security=[{"Gamers": ["shop/read"]}])},
            "/both": {"get": op(security=[{"Gamers": []}, {"Key": []}])},
            "/token": {"get": op(proxy("proxy"), security=[{"Token": []}])},
            "/token/other": {"get": op(security=[{"Token": []}])},
            "/request": {"get": op(proxy("proxy"), security=[{"Request": []}])},
            "/iam": {"get": op(proxy("proxy"), security=[{"Iam": []}]), "post": op(security=[{"Iam": []}])},
            "/key": {"get": op(proxy("proxy"), security=[{"Key": []}])},
            "/stage-throttled": {"get": op()},
            "/valid": {"post": op(parameters=required, requestBody=body, **{
                "x-amazon-apigateway-request-validator": "all"})},
            "/body": {"post": op(requestBody=body, **{"x-amazon-apigateway-request-validator": "all"})},
            "/never": {"post": op({**MOCK, "passthroughBehavior": "never"})},
            "/big": {"post": op(proxy("length"))},
            "/slow": {"get": op({"type": "http_proxy", "httpMethod": "GET", "uri": f"{backend}/slow",
                                 "timeoutInMillis": 150})},
            "/unreachable": {"get": op({"type": "http_proxy", "httpMethod": "GET", "uri": nowhere})},
            "/hang-up": {"get": op({"type": "http_proxy", "httpMethod": "GET", "uri": f"{backend}/hang-up"})},
            "/proxy": {"x-amazon-apigateway-any-method": op(proxy("${stageVariables.fn}"))},
            "/proxy/{rest+}": {"x-amazon-apigateway-any-method": op(proxy("proxy"), parameters=rest_parameter)},
            "/result": {"post": op(proxy("result"))},
            "/powertools/{rest+}": {
                "x-amazon-apigateway-any-method": op(proxy("powertools"), parameters=rest_parameter)},
            "/missing-function": {"get": op(proxy("missing"))},
            "/wrong-verb": {"get": op(proxy("proxy", httpMethod="GET"))},
            "/no-response": {"get": op({**MOCK, "responses": {}})},
            "/bad-mapping": {"get": op(aws("kinesis:action/ListStreams", "{}", parameters={
                "integration.request.header.Transfer-Encoding": "'x'"}))},
            "/http/{status}": {"get": op({
                "type": "http", "httpMethod": "GET", "uri": f"{backend}/status/{{status}}",
                "requestParameters": {"integration.request.path.status": "method.request.path.status"},
                "responses": {"default": {"statusCode": "200"}, "4\\d{2}": {"statusCode": "418"},
                              "5": {"statusCode": "599"}},
            }, parameters=[{"in": "path", "name": "status", "required": True, "schema": {"type": "string"}}])},
            "/passed/{rest+}": {"x-amazon-apigateway-any-method": op({
                "type": "http_proxy", "httpMethod": "ANY", "uri": f"{backend}/{{rest}}",
                "requestParameters": {"integration.request.path.rest": "method.request.path.rest"},
            }, parameters=rest_parameter)},
            "/custom": {"post": op({"type": "aws", "httpMethod": "POST", "uri": function("custom"), "responses": {
                "default": {"statusCode": "200"}, ".*no such gamer.*": {"statusCode": "404"}}})},
            "/kinesis": {"post": op(aws(
                "kinesis:action/PutRecord",
                '{"StreamName": "rest-rows", "Data": "$util.base64Encode($input.body)", "PartitionKey": "k"}'))},
            "/dynamodb": {"post": op(aws(
                "dynamodb:action/PutItem",
                '{"TableName": "rest-rows", "Item": {"Id": {"S": "$input.path(\'$.id\')"}}}'))},
            "/sqs": {"post": op(aws(
                "sqs:path/000000000000/rest-rows",
                "Action=SendMessage&MessageBody=$util.urlEncode($input.body)", parameters=FORM))},
            "/sns": {"post": op(aws("sns:action/Publish", parameters={
                "integration.request.querystring.TopicArn": "'arn:aws:sns:us-east-1:000000000000:rest-rows'",
                "integration.request.querystring.Message": "method.request.body.message"}))},
            "/ssm": {"get": op(aws("ssm:action/GetParameter", parameters={
                "integration.request.querystring.Name": "'/rest-rows/value'"}))},
            "/s3/{key}": {
                "get": op(s3, parameters=key_parameter),
                "put": op({**s3, "httpMethod": "PUT"}, parameters=key_parameter),
            },
            "/states": {"post": op(aws(
                "states:action/StartExecution",
                '{"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:rest-rows", "input": "{}"}'))},
            "/trap": {"get": op(aws("dynamodb:action/GetItem", '{"TableName": "nowhere", "Key": {"Id": {"S": "x"}}}'))},
            "/cached": {"get": op(proxy("proxy"))},
            "/logged": {"get": op(proxy("proxy"))},
        },
        "components": {
            "securitySchemes": {
                **COGNITO,
                "Key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
                "Token": authorizer("judge", "token", 300, identityValidationExpression="[a-z-]+"),
                "Request": authorizer("judge", "request", 0,
                                      identitySource="method.request.header.X-Who,method.request.querystring.why"),
                "Iam": {"type": "apiKey", "name": "Authorization", "in": "header",
                        "x-amazon-apigateway-authtype": "awsSigv4"},
            },
            "schemas": {"Order": number},
        },
    }  # fmt: skip


def cors(backend: str) -> dict[str, Any]:
    """The API whose gateway responses are its own."""
    scheme = {"Gamers": {**COGNITO["Gamers"], "x-amazon-apigateway-authorizer": {
        "type": "cognito_user_pools", "providerARNs": [POOL_ARN]}}}  # fmt: skip
    header = "gatewayresponse.header."
    return {
        "openapi": "3.0.1",
        "info": {"title": "cors", "version": "1"},
        "x-amazon-apigateway-gateway-responses": {
            "DEFAULT_4XX": {"responseParameters": {f"{header}Access-Control-Allow-Origin": "'*'"}},
            "DEFAULT_5XX": {"statusCode": "503", "responseTemplates": {
                "application/json": '{"sorry": $context.error.messageString}'}},
            "MISSING_AUTHENTICATION_TOKEN": {
                "statusCode": "404",
                "responseParameters": {
                    f"{header}X-Path": "context.path", f"{header}X-Query": "method.request.querystring.q"},
                "responseTemplates": {
                    "application/json": '{"type": "$context.error.responseType", "#set": "$context.requestId"}'},
            },
        },
        "paths": {
            "/cognito": {"get": op(security=[{"Gamers": []}])},
            "/slow": {"get": op({
                "type": "http_proxy", "httpMethod": "GET", "uri": f"{backend}/slow", "timeoutInMillis": 50})},
        },
        "components": {"securitySchemes": scheme},
    }  # fmt: skip
