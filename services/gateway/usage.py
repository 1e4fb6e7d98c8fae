"""API keys and usage plans, as a lab declares them: who a key belongs to, and which plan it has on a stage.

A key says whose requests are counted; it never says what they may do. Keys are looked up by their hashes, so that the
time a look-up takes tells nothing about them.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cloud.errors import ConfigError
from labs import declare
from services.gateway.quota import Quota
from services.gateway.throttle import Limit, limit_of

VALUE_PARAMETER = "/fogbank/api-keys/"
"""Where bootstrap keeps the value of a key whose declaration has none: this, then the key's name."""


@dataclass(frozen=True)
class ApiKey:
    """A key. value: the secret itself."""

    id: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class UsagePlan:
    """A plan on one stage. methods: limits by resource path and verb; throttle: of a key on all the plan's stages."""

    id: str
    throttle: Limit | None = None
    quota: Quota | None = None
    methods: Mapping[tuple[str, str], Limit] = field(default_factory=dict)


@dataclass(frozen=True)
class Admission:
    """What a key is worth on one stage."""

    key: ApiKey
    plan: UsagePlan


class Plans:
    """The keys that are good on one stage."""

    def __init__(self, admissions: Iterator[Admission] | tuple[Admission, ...] = ()) -> None:
        self._by_digest: dict[bytes, Admission] = {}
        for each in admissions:
            known = self._by_digest.setdefault(_digest(each.key.value), each)
            if known is not each:
                raise ConfigError(
                    f"API key {each.key.id} is in two usage plans of one stage: {known.plan.id}, {each.plan.id}"
                )

    def find(self, value: str) -> Admission | None:
        """What the value of a key admits to."""
        return self._by_digest.get(_digest(value)) if value else None


def plans_of(lab: declare.Lab, stage: declare.Stage, values: Mapping[str, str]) -> Plans:
    """The plans that cover a stage of a lab. values: of keys whose declaration has none, by key name.

    Raises ConfigError for what cannot be: a key twice on a stage, a reference to nothing, a value that is too short.
    """
    return Plans(_admissions(lab, stage, values))


def generated(lab: declare.Lab) -> list[str]:
    """The names of the keys whose values bootstrap makes."""
    return [key.Name for key in lab.of(declare.ApiKey) if key.Value is None]


def _admissions(lab: declare.Lab, stage: declare.Stage, values: Mapping[str, str]) -> Iterator[Admission]:
    for plan in lab.of(declare.UsagePlan):
        for part in plan.ApiStages:
            if _is(part.get("Stage"), stage) and _referred(part.get("ApiId")) == _referred(stage.RestApiId):
                compiled = _plan(plan, part)
                yield from (Admission(key, compiled) for key in _keys(lab, plan, values))


def _keys(lab: declare.Lab, plan: declare.UsagePlan, values: Mapping[str, str]) -> Iterator[ApiKey]:
    for link in lab.of(declare.UsagePlanKey):
        if _referred(link.UsagePlanId) != plan.logical_id:
            continue
        key = lab[_referred(link.KeyId)]
        assert isinstance(key, declare.ApiKey), "UsagePlanKey.KeyId refers to an ApiKey"
        value = key.Value if key.Value is not None else values.get(key.Name)
        if key.Enabled and value is not None:
            if not 20 <= len(value) <= 128:
                raise ConfigError(f"API key {key.Name}: a value has 20 to 128 characters, this one has {len(value)}")
            yield ApiKey(key.Name, value)


def _plan(plan: declare.UsagePlan, part: Mapping[str, Any]) -> UsagePlan:
    quota = plan.Quota
    return UsagePlan(
        id=plan.UsagePlanName,
        throttle=limit_of(plan.Throttle, "RateLimit", "BurstLimit"),
        quota=Quota(int(quota["Limit"]), str(quota["Period"]), int(quota.get("Offset", 0))) if quota else None,
        methods=dict(_method_limits(part.get("Throttle") or {})),
    )


def _method_limits(throttle: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], Limit]]:
    """CloudFormation's map: "/pets/GET" -> {"RateLimit": 1, "BurstLimit": 1}."""
    for route, settings in throttle.items():
        path, _, verb = route.rpartition("/")
        limit = limit_of(settings, "RateLimit", "BurstLimit")
        if limit is not None:
            yield (path.replace("~1", "/") or "/", verb.upper()), limit


def _is(named: Any, stage: declare.Stage) -> bool:
    return named == stage.StageName or (isinstance(named, declare.Ref) and named.logical_id == stage.logical_id)


def _referred(value: Any) -> str:
    return value.logical_id if isinstance(value, declare.Ref) else str(value)


def _digest(value: str) -> bytes:
    return sha256(value.encode("utf-8", "surrogateescape")).digest()
