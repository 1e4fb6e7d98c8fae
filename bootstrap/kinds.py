"""The table of kinds: what bootstrap can create, and where."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bootstrap import (
    accounts,
    apigateway,
    apigatewayv2,
    cognito,
    content,
    dynamodb,
    functions,
    glue,
    iam,
    kinesis,
    kinesisanalytics,
    s3,
    sns,
    sqs,
    ssm,
)
from bootstrap.kind import Kind
from bootstrap.resolve import Place
from labs import analytics, declare
from labs.declare import Resource

Kinds = Mapping[type[Resource], Kind[Any]]


def kinds(root: Path, place: Place, password: Callable[[str], str]) -> Kinds:
    """Declared type -> its kind. root: the repository; password: of a demo account, by user name."""
    return {
        declare.UserPool: cognito.UserPools(place),
        declare.UserPoolClient: cognito.UserPoolClients(),
        declare.UserPoolGroup: cognito.UserPoolGroups(),
        declare.UserPoolUser: accounts.UserPoolUsers(password),
        declare.IdentityPool: cognito.IdentityPools(),
        declare.IdentityPoolRoleAttachment: cognito.IdentityPoolRoleAttachments(),
        declare.Role: iam.Roles(),
        declare.RestApi: apigateway.RestApis(),
        declare.Stage: apigateway.Stages(),
        declare.ApiKey: apigateway.ApiKeys(),
        declare.UsagePlan: apigateway.UsagePlans(),
        declare.UsagePlanKey: apigateway.UsagePlanKeys(),
        declare.WebSocketApi: apigatewayv2.WebSocketApis(),
        declare.Parameter: ssm.Parameters(),
        declare.Stream: kinesis.Streams(),
        declare.Function: functions.Functions(root, place),
        declare.EventSourceMapping: functions.EventSourceMappings(),
        declare.Table: dynamodb.Tables(),
        declare.Bucket: s3.Buckets(),
        declare.BucketDeployment: content.BucketDeployments(root),
        declare.Queue: sqs.Queues(),
        declare.Topic: sns.Topics(place),
        declare.Subscription: sns.Subscriptions(),
        analytics.Application: kinesisanalytics.Applications(),
        analytics.Database: glue.Databases(),
        analytics.DataTable: glue.DataTables(),
    }
