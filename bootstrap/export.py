"""A lab as a SAM template, for AWS itself: the same document, handlers, tables and mappings. Demo accounts stay behind,
and so do the files of a bucket, for which CloudFormation has no type: `aws s3 sync` takes them there.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import yaml

from bootstrap import export_websocket, iam
from labs import analytics, declare
from labs.declare import GetAtt, Lab, Ref, Resource, Sub

TYPES = {
    declare.UserPool: "AWS::Cognito::UserPool",
    declare.UserPoolClient: "AWS::Cognito::UserPoolClient",
    declare.UserPoolGroup: "AWS::Cognito::UserPoolGroup",
    declare.IdentityPool: "AWS::Cognito::IdentityPool",
    declare.IdentityPoolRoleAttachment: "AWS::Cognito::IdentityPoolRoleAttachment",
    declare.Role: "AWS::IAM::Role",
    declare.RestApi: "AWS::ApiGateway::RestApi",
    declare.Stage: "AWS::ApiGateway::Stage",
    declare.ApiKey: "AWS::ApiGateway::ApiKey",
    declare.UsagePlan: "AWS::ApiGateway::UsagePlan",
    declare.UsagePlanKey: "AWS::ApiGateway::UsagePlanKey",
    declare.WebSocketApi: "AWS::ApiGatewayV2::Api",
    declare.Parameter: "AWS::SSM::Parameter",
    declare.Stream: "AWS::Kinesis::Stream",
    declare.Function: "AWS::Serverless::Function",
    declare.EventSourceMapping: "AWS::Lambda::EventSourceMapping",
    declare.Table: "AWS::DynamoDB::Table",
    declare.Bucket: "AWS::S3::Bucket",
    declare.Queue: "AWS::SQS::Queue",
    declare.Topic: "AWS::SNS::Topic",
    declare.Subscription: "AWS::SNS::Subscription",
    analytics.Application: "AWS::KinesisAnalyticsV2::Application",
    analytics.Database: "AWS::Glue::Database",
    analytics.DataTable: "AWS::Glue::Table",
    declare.IdentityPoolRoleAttachment: "AWS::Cognito::IdentityPoolRoleAttachment",
}

_CATALOGUE = {"CatalogId": {"Ref": "AWS::AccountId"}}
_FUNCTION_ARN = "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:%s"


def template(lab: Lab) -> dict[str, Any]:
    """The SAM template of a lab, as plain data. It is deployed from the repository's root, beside labs/."""
    resources = {one.logical_id: _resource(lab, one) for one in lab.resources if type(one) in TYPES}
    for stage in lab.of(declare.Stage):
        resources.update(_deployment(stage))
    for pool in lab.of(declare.UserPool):
        resources.update(_triggers(pool))
    outputs = {stage.logical_id + "Url": {"Value": _url(stage)} for stage in lab.of(declare.Stage)}
    for api in lab.of(declare.WebSocketApi):
        resources.update(export_websocket.resources(api, _value))
        outputs[f"{api.logical_id}Url"] = {"Value": export_websocket.url(api, api.Stages[0])}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": lab.about,
        "Resources": resources,
        "Outputs": outputs,
    }


def _resource(lab: Lab, resource: Resource) -> dict[str, Any]:
    match resource:
        case declare.RestApi():
            properties = {"Name": resource.Name, "Body": _document(lab, resource)}
        case declare.Stage():
            properties = {**_plain(resource), "DeploymentId": {"Ref": f"{resource.logical_id}Deployment"}}
        case declare.WebSocketApi():
            properties = export_websocket.properties(resource)
        case declare.Function():
            properties = _function(resource)
        case declare.Role():
            properties = _role(resource)
        case declare.Table():
            properties = _table(resource)
        case analytics.Application():
            properties = _studio(resource)
        case analytics.Database():
            properties = {**_value(_CATALOGUE), "DatabaseInput": {"Name": resource.Name}}
        case analytics.DataTable():
            table = {"DatabaseName": resource.DatabaseName, "TableInput": resource.table_input()}
            properties = _value({**_CATALOGUE, **table})
        case declare.Queue():
            properties = {"QueueName": resource.QueueName, **resource.Attributes}
        case declare.Parameter():
            properties = {"Name": resource.Name, "Type": "String", "Value": _value(resource.Value)}
        case _:
            properties = _plain(resource)
    return {"Type": TYPES[type(resource)], "Properties": properties}


def _plain(resource: Resource) -> dict[str, Any]:
    """The fields that say something, as CloudFormation's properties of the same name."""
    values = {part.name: getattr(resource, part.name) for part in fields(resource) if part.name != "logical_id"}
    return {name: _value(value) for name, value in values.items() if value not in (None, (), {})}


def _function(function: declare.Function) -> dict[str, Any]:
    properties = _plain(function) | {"CodeUri": f"{function.CodeUri}/"}
    if function.Environment:
        properties["Environment"] = {"Variables": properties["Environment"]}
    if function.Policies:
        properties["Policies"] = [{"Version": "2012-10-17", "Statement": properties["Policies"]}]
    return properties


def _studio(application: analytics.Application) -> dict[str, Any]:
    """A Studio notebook: on AWS that is what runs SQL text, which is pasted into it."""
    return {
        "ApplicationName": application.ApplicationName,
        "ApplicationMode": "INTERACTIVE",
        "RuntimeEnvironment": "ZEPPELIN-FLINK-3_0",
        "ServiceExecutionRole": _value(application.ServiceExecutionRole),
    }


def _role(role: declare.Role) -> dict[str, Any]:
    policy = {"PolicyName": "declared", "PolicyDocument": _value(iam.document(role))}
    return {
        "RoleName": role.RoleName,
        "AssumeRolePolicyDocument": iam.trust_policy(role),
        "Policies": [policy],
    }


def _table(table: declare.Table) -> dict[str, Any]:
    definitions = table.AttributeDefinitions.items()
    return {
        **_plain(table),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in definitions],
        "KeySchema": _keys(table.KeySchema),
        **{
            name: [{**_value(index), "KeySchema": _keys(index["KeySchema"])} for index in indexes]
            for name in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
            if (indexes := getattr(table, name))
        },
    }


def _keys(schema: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in schema.items()]


def _deployment(stage: declare.Stage) -> dict[str, Any]:
    properties = {"RestApiId": _value(stage.RestApiId)}
    return {f"{stage.logical_id}Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": properties}}


def _triggers(pool: declare.UserPool) -> dict[str, Any]:
    """That the user pool may invoke the functions which are its triggers."""
    return {
        f"{pool.logical_id}{name}Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": _value(function),
                "Principal": "cognito-idp.amazonaws.com",
                "SourceArn": {"Fn::GetAtt": [pool.logical_id, "Arn"]},
            },
        }
        for name, function in pool.LambdaConfig.items()
    }


def _url(stage: declare.Stage) -> dict[str, str]:
    api = stage.RestApiId.logical_id if isinstance(stage.RestApiId, Ref) else stage.RestApiId
    return {"Fn::Sub": f"https://${{{api}}}.execute-api.${{AWS::Region}}.amazonaws.com/{stage.StageName}/"}


def _document(lab: Lab, api: declare.RestApi) -> Any:
    """The API's document. Functions stand in it by name: some of them refer to the API, which would make a circle."""
    text = (declare.folder(lab) / api.Body).read_text()
    for function in lab.of(declare.Function):
        text = text.replace(f"${{{function.logical_id}.Arn}}", _FUNCTION_ARN % function.FunctionName)
    return _substituted(yaml.safe_load(text))


def _substituted(value: Any) -> Any:
    """Every text with ${...} in it as Fn::Sub."""
    if isinstance(value, str):
        return {"Fn::Sub": value} if re.search(r"\$\{[^!]", value) else value
    if isinstance(value, dict):
        return {name: _substituted(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_substituted(part) for part in value]
    return value


def _value(value: Any) -> Any:
    """A declared value as a template writes it."""
    match value:
        case Ref(logical_id):
            return {"Ref": logical_id}
        case GetAtt(logical_id, attribute):
            return {"Fn::GetAtt": [logical_id, attribute]}
        case Sub(text):
            return {"Fn::Sub": text}
        case Mapping():
            return {name: _value(part) for name, part in value.items()}
        case tuple() | list():
            return [_value(part) for part in value]
    return value
