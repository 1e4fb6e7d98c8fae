"""A stage's settings by method, from CloudFormation's MethodSettings: throttle, cache, logging, metrics.

AWS page: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.errors import ConfigError
from services.gateway.cache import CacheSettings
from services.gateway.throttle import Limit, limit_of

if TYPE_CHECKING:
    from services.gateway.document import Method

_LEVELS = ("OFF", "ERROR", "INFO")

Setting = Mapping[str, Any]
"""One of a stage's MethodSettings."""


@dataclass(frozen=True)
class MethodSettings:
    """How one method is run. log_level: of the execution log, OFF, ERROR or INFO; metrics: whether detailed ones."""

    throttle: Limit | None = None
    log_level: str = "OFF"
    data_trace: bool = False
    metrics: bool = False


def method_settings(settings: Sequence[Setting], method: "Method") -> MethodSettings:
    """What a stage's MethodSettings say of a method: its own setting, else that for everything. Raises ConfigError."""
    found = {**_for_everything(settings), **_for_method(settings, method)}
    level = str(found.get("LoggingLevel", "OFF")).upper()
    if level not in _LEVELS:
        raise ConfigError(f"LoggingLevel {level!r} is none of {', '.join(_LEVELS)}")
    return MethodSettings(
        throttle=limit_of(found, "ThrottlingRateLimit", "ThrottlingBurstLimit"),
        log_level=level,
        data_trace=bool(found.get("DataTraceEnabled")),
        metrics=bool(found.get("MetricsEnabled")),
    )


def cache_settings(settings: Sequence[Setting], method: "Method", *, enabled: bool) -> CacheSettings | None:
    """How they cache one method, None: not at all. enabled: the stage's CacheClusterEnabled."""
    # A setting for everything caches GET only.
    found = {**(_for_everything(settings) if method.verb == "GET" else {}), **_for_method(settings, method)}
    if not enabled or not found.get("CachingEnabled"):
        return None
    return CacheSettings(float(found.get("CacheTtlInSeconds", 300)), method.cache_parameters)


def _for_everything(settings: Sequence[Setting]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for setting in settings:
        if _path(setting) in {"/*", "*"} and setting.get("HttpMethod", "*") == "*":
            found = {**setting, **found}
    return found


def _for_method(settings: Sequence[Setting], method: "Method") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for setting in settings:
        if (_path(setting), setting.get("HttpMethod")) == (method.resource_path, method.verb):
            found = {**found, **setting}
    return found


def _path(setting: Setting) -> str:
    """The path that a setting is for; CloudFormation writes its slashes as ~1."""
    path = str(setting.get("ResourcePath", "/*"))
    return "/" + path.lstrip("/").replace("~1", "/").lstrip("/") if "~1" in path else path
