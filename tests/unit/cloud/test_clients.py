"""Where clients go."""

from collections.abc import Iterator

import pytest

from cloud import clients


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Variables of its own, and no clients of others."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    clients.client.cache_clear()
    yield monkeypatch
    clients.client.cache_clear()


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("kinesis", "KINESIS"),
        ("dynamodbstreams", "DYNAMODB_STREAMS"),
        ("lambda", "LAMBDA"),
        ("cognito-idp", "COGNITO_IDENTITY_PROVIDER"),
        ("apigatewaymanagementapi", "APIGATEWAYMANAGEMENTAPI"),
        ("apigateway", "API_GATEWAY"),
        ("stepfunctions", "SFN"),
        ("logs", "CLOUDWATCH_LOGS"),
        ("events", "EVENTBRIDGE"),
    ],
)
def test_an_address_comes_from_the_variable_that_boto3_reads(
    service: str, name: str, environ: pytest.MonkeyPatch
) -> None:
    """Its name is the service's id, which not all client names resemble."""
    environ.setenv(f"AWS_ENDPOINT_URL_{name}", "http://127.0.0.1:2")

    assert clients.endpoint(service) == "http://127.0.0.1:2" == clients.client(service).meta.endpoint_url


def test_without_a_variable_of_its_own_it_is_the_common_one_and_without_any_boto3s(
    environ: pytest.MonkeyPatch,
) -> None:
    """As a client would go there."""
    assert clients.endpoint("sqs") == "http://127.0.0.1:1" == clients.client("sqs").meta.endpoint_url
    environ.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    clients.client.cache_clear()
    assert clients.endpoint("sqs") == clients.client("sqs").meta.endpoint_url
