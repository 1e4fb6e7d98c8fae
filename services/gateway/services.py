"""What botocore knows of AWS's services: where they are reached and how they are spoken to."""

from functools import lru_cache

from botocore.credentials import Credentials
from botocore.exceptions import UnknownServiceError
from botocore.session import Session, get_session

from cloud import clients
from cloud.errors import ConfigError
from services.gateway.integration.aws import Protocol


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
    if "json" not in (metadata.get("protocols") or [metadata.get("protocol")]):
        return Protocol(None)
    return Protocol(metadata.get("targetPrefix"), metadata.get("jsonVersion", "1.0"))


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
