"""Integration URIs, arn:aws:apigateway:{region}:{service}:{action|path}/{rest}, and how long integrations may take."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cloud.errors import ConfigError

_ARN = re.compile(r"arn:aws[\w-]*:apigateway:([\w-]+):(?:([\w-]+)\.)?([\w-]+):(action|path)/(.*)", re.DOTALL)
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_FUNCTION = re.compile(r"/?2015-03-31/functions/(.+)/invocations")

# Services that the URI calls otherwise than boto3 does.
_NAMES = {"states": "stepfunctions", "monitoring": "cloudwatch"}


@dataclass(frozen=True)
class Target:
    """Where an integration goes. service: boto3's name; action: whether rest is an action, else it is a path."""

    service: str
    action: bool
    rest: str

    @property
    def function(self) -> str | None:
        """The function's name or ARN, when this is an invocation through Lambda's API."""
        found = _FUNCTION.fullmatch(self.rest) if self.service == "lambda" and not self.action else None
        return found[1] if found else None


def parse(uri: str) -> Target:
    """The parts of a URI. Raises ConfigError."""
    found = _ARN.fullmatch(uri)
    if found is None:
        raise ConfigError(f"uri {uri!r} is no arn:aws:apigateway:<region>:<service>:(action|path)/<rest>")
    subdomain, service, kind, rest = found.groups()[1:]
    if subdomain is not None:
        # bucket.s3:path/key is the bucket by its own name; here all are addressed by path
        if service != "s3":
            raise ConfigError(f"uri {uri!r}: a subdomain is supported of s3 alone")
        rest = f"{subdomain}/{rest}"
    return Target(_NAMES.get(service, service), kind == "action", rest)


def resolved(text: str, variables: Mapping[str, str]) -> str:
    """The text with ${stageVariables.x} replaced; an unset variable is empty."""
    if "${" not in text:
        return text
    return _STAGE_VARIABLE.sub(lambda found: variables.get(found[1], ""), text)


def invocation_path(function: str) -> str:
    """The path of Invoke in Lambda's API."""
    return f"/2015-03-31/functions/{quote(function, safe='')}/invocations"


def timeout_of(integration: Mapping[str, Any]) -> float:
    """timeoutInMillis in seconds; 29 when the document names none. Raises ConfigError outside of 50 to 29000."""
    value = integration.get("timeoutInMillis")
    if value is None:
        return 29.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 50 <= value <= 29_000:
        raise ConfigError(f"timeoutInMillis must be 50 to 29000, it is {value!r}")
    return float(value) / 1000
