"""What botocore knows of AWS's services: where they are reached and how they are spoken to."""

from functools import lru_cache

from botocore.credentials import Credentials
from botocore.exceptions import UnknownServiceError
from botocore.session import Session, get_session

from cloud import clients
from cloud.errors import ConfigError
from services.gateway.integration.aws import Protocol
from services.gateway.outbound import Outbound


@lru_cache(maxsize=1)
def _session() -> Session:
    return get_session()


@lru_cache(maxsize=64)
def protocol(service: str) -> Protocol:
    """How a service is spoken to, by boto3's name of it. Raises ConfigError for a name that boto3 does not know."""
    try:
        metadata = _session().get_service_model(service).metadata
    except UnknownServiceError as error:
        raise ConfigError(f"AWS service {service!r} is not known") from error
    if "json" not in (spoken := metadata.get("protocols") or [metadata.get("protocol")]):
        query = "query" in spoken
        return Protocol(None, query=query, version=str(metadata.get("apiVersion", "")) if query else "")
    if service == "sqs":
        # As API Gateway reaches it: by path, over the older of its two protocols.
        return Protocol(None, query=True, version=str(metadata.get("apiVersion", "")))
    return Protocol(metadata.get("targetPrefix"), metadata.get("jsonVersion", "1.0"))


@lru_cache(maxsize=64)
def signing_name(service: str) -> str:
    """The name that signatures carry, e.g. "states" for boto3's "stepfunctions"; emulators route by it."""
    try:
        metadata = _session().get_service_model(service).metadata
    except UnknownServiceError:
        return service
    return str(metadata.get("signingName") or metadata.get("endpointPrefix") or service)


@lru_cache(maxsize=64)
def endpoint(service: str) -> str:
    """The address of a service, as boto3's variables name it."""
    return clients.endpoint(service)


def credentials() -> Credentials:
    """Those that the environment gives. Raises ConfigError when it gives none."""
    return clients.credentials()


def warm_up() -> None:
    """Look up the services that most APIs use, now: asking boto3 for the first time takes long enough to be felt."""
    for service in ("cognito-idp", "dynamodb", "kinesis", "lambda", "ssm"):
        endpoint(service)


def outbound(region: str) -> Outbound:
    """The gateway's way out, warmed up."""
    warm_up()
    return Outbound(endpoint, credentials(), region, signing_name)
