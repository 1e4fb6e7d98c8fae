"""JSON 1.1 as Cognito speaks it: which operation is asked for, whether it is well formed, how errors are worded.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/making-requests.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from cloud import shapes
from cloud.errors import AwsError
from services.identity.operations import IDENTITY_POOLS, USER_POOLS, Operation

TYPE = "application/x-amz-json-1.1"
LARGEST = 1_000_000  # bytes of a request
_SERVICES = {
    "AWSCognitoIdentityProviderService": ("cognito-idp", USER_POOLS),
    "AWSCognitoIdentityService": ("cognito-identity", IDENTITY_POOLS),
}


@dataclass(frozen=True)
class Call:
    """One request, checked against AWS's own model of the operation."""

    service: str
    name: str
    operation: Operation
    asked: dict[str, Any]


def parse(target: str, signed: bool, body: bytes) -> Call:
    """target: the X-Amz-Target header; signed: whether an Authorization header came along.

    Signatures are not verified, as everywhere in this stack, but what AWS takes signed only has to be. Raises AwsError:
    UnknownOperationException, MissingAuthenticationTokenException, SerializationException, InvalidParameterException.
    """
    prefix, _, name = target.partition(".")
    service, operations = _SERVICES.get(prefix, ("", {}))
    if name not in operations:
        raise AwsError("UnknownOperationException", f"{target or 'No operation'} is not reproduced: docs/cognito.md")
    if not signed and shapes.model(service).operation_model(name).auth_type != "none":
        raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token")
    asked = _object(body)
    shapes.check(service, name, asked, "InvalidParameterException")
    return Call(service, name, operations[name], asked)


def error(found: AwsError) -> tuple[bytes, Mapping[str, str]]:
    """Body and headers of an error."""
    shown = found.message.encode("ascii", "replace").decode()
    headers = {"x-amzn-ErrorType": found.code, "x-amzn-ErrorMessage": " ".join(shown.split())}
    return orjson.dumps({"__type": found.code, "message": found.message}), headers


def _object(body: bytes) -> dict[str, Any]:
    try:
        asked = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise AwsError("SerializationException", "The request's body is not JSON") from error
    if not isinstance(asked, dict):
        raise AwsError("SerializationException", "The request's body must be a JSON object")
    return {name: value for name, value in asked.items() if value is not None}
