"""A stage's settings by method, from CloudFormation's MethodSettings: throttle, cache, logging, metrics.

AWS page: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.errors import ConfigError
from services.gateway.throttle import Limit, limit_of

if TYPE_CHECKING:
    from services.gateway.document import Method

_LEVELS = ("OFF", "ERROR", "INFO")
_EVERYTHING = frozenset({"/*", "*"})


@dataclass(frozen=True)
class MethodSettings:
    """How one method is run. log_level: of the execution log, OFF, ERROR or INFO; metrics: whether detailed ones."""

    throttle: Limit | None = None
    log_level: str = "OFF"
    data_trace: bool = False
    metrics: bool = False


def method_settings(settings: Sequence[Mapping[str, Any]], method: "Method") -> MethodSettings:
    """What a stage's MethodSettings say of a method: its own setting, else that for everything. Raises ConfigError."""
    found: dict[str, Any] = {}
    for setting in settings:
        path, verb = resource_path(setting), setting.get("HttpMethod", "*")
        if path in _EVERYTHING and verb == "*":
            found = {**setting, **found}
    for setting in settings:
        if (resource_path(setting), setting.get("HttpMethod")) == (method.resource_path, method.verb):
            found = {**found, **setting}
    level = str(found.get("LoggingLevel", "OFF")).upper()
    if level not in _LEVELS:
        raise ConfigError(f"LoggingLevel {level!r} is none of {', '.join(_LEVELS)}")
    return MethodSettings(
        throttle=limit_of(found, "ThrottlingRateLimit", "ThrottlingBurstLimit"),
        log_level=level,
        data_trace=bool(found.get("DataTraceEnabled")),
        metrics=bool(found.get("MetricsEnabled")),
    )


def resource_path(setting: Mapping[str, Any]) -> str:
    """The path that a setting is for; CloudFormation writes its slashes as ~1."""
    path = str(setting.get("ResourcePath", "/*"))
    return "/" + path.lstrip("/").replace("~1", "/").lstrip("/") if "~1" in path else path
