"""IAM policies as API Gateway judges them: what a Lambda authorizer returned, and an API's own resource policy.

An explicit Deny beats an Allow; what nothing allows is denied implicitly. * and ? match across slashes.

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from cloud.errors import ConfigError

INVOKE = "execute-api:Invoke"
INVALIDATE_CACHE = "execute-api:InvalidateCache"


class Verdict(Enum):
    """What a policy says to one request."""

    ALLOW = "allow"
    DENY = "an explicit deny"
    SILENT = "an implicit deny"


Condition = Callable[[Mapping[str, str]], bool]
"""From the request's keys ("aws:sourceip" -> its value) to whether the condition holds."""


@dataclass(frozen=True)
class Statement:
    """One statement. positive: whether resources are those it names (NotResource: all others)."""

    allow: bool
    actions: tuple[re.Pattern[str], ...]
    resources: tuple[re.Pattern[str], ...]
    positive: bool = True
    conditions: tuple[Condition, ...] = ()

    def applies(self, action: str, resource: str, keys: Mapping[str, str]) -> bool:
        """Whether it is about doing this with this method, by this request."""
        return (
            any(pattern.fullmatch(action) for pattern in self.actions)
            and any(pattern.fullmatch(resource) for pattern in self.resources) is self.positive
            and all(condition(keys) for condition in self.conditions)
        )


@dataclass(frozen=True)
class Policy:
    """A policy document, compiled."""

    statements: tuple[Statement, ...]

    def judge(self, resource: str, keys: Mapping[str, str], action: str = INVOKE) -> Verdict:
        """resource: the method's ARN; keys: what conditions may ask for, names in lower case."""
        verdict = Verdict.SILENT
        for statement in self.statements:
            if statement.applies(action, resource, keys):
                if not statement.allow:
                    return Verdict.DENY
                verdict = Verdict.ALLOW
        return verdict


def condition_keys(source_ip: str, headers: Mapping[str, str]) -> dict[str, str]:
    """What conditions may ask for of a request. headers: by name in lower case."""
    named = {f"aws:{key}": headers.get(name) for key, name in (("useragent", "user-agent"), ("referer", "referer"))}
    return {"aws:sourceip": source_ip, **{key: value for key, value in named.items() if value is not None}}


def compile_policy(document: Any, prefix: str = "") -> Policy:
    """A policy document. prefix: what "execute-api:/..." stands for in an API's own policy. Raises ConfigError."""
    statements = document.get("Statement") if isinstance(document, dict) else None
    if not statements:
        raise ConfigError("policy: no Statement")
    return Policy(tuple(_statement(each, prefix) for each in _listed(statements)))


def _statement(statement: Any, prefix: str) -> Statement:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise ConfigError("policy: a Statement's Effect must be Allow or Deny")
    _check_principal(statement)
    resources = statement.get("Resource", statement.get("NotResource"))
    if resources is None or "Action" not in statement:
        raise ConfigError("policy: a Statement needs Action and Resource")
    return Statement(
        allow=statement["Effect"] == "Allow",
        actions=tuple(_wildcard(str(each).lower(), ignore_case=True) for each in _listed(statement["Action"])),
        resources=tuple(_wildcard(_expanded(str(each), prefix)) for each in _listed(resources)),
        positive="Resource" in statement,
        conditions=tuple(_conditions(statement.get("Condition") or {})),
    )


def _check_principal(statement: Mapping[str, Any]) -> None:
    principal = statement.get("Principal", "*")
    if isinstance(principal, dict):
        principal = principal.get("AWS")
    if "NotPrincipal" in statement or principal not in ("*", ["*"]):
        raise ConfigError("policy: a Principal other than * is not supported")


def _expanded(resource: str, prefix: str) -> str:
    return prefix + resource.removeprefix("execute-api:/") if resource.startswith("execute-api:/") else resource


def _conditions(block: Any) -> Iterable[Condition]:
    if not isinstance(block, dict) or not all(isinstance(keys, dict) for keys in block.values()):
        raise ConfigError("policy: a Condition is an object of objects")
    for operator, keys in block.items():
        for key, values in keys.items():
            yield _condition(operator, key.lower(), [str(value) for value in _listed(values)])


def _condition(operator: str, key: str, values: list[str]) -> Condition:
    holds = _operator(operator.removesuffix("IfExists"), values)
    # What is not there differs from everything: a Deny by StringNotLike counts without the key, as in IAM.
    if_missing = operator.endswith("IfExists") or "Not" in operator
    return lambda keys: holds(keys[key]) if key in keys else if_missing


def _operator(name: str, values: list[str]) -> Callable[[str], bool]:
    if name in {"IpAddress", "NotIpAddress"}:
        try:
            networks = [ip_network(value, strict=False) for value in values]
        except ValueError as error:
            raise ConfigError(f"policy: {error}") from error
        return lambda value: _is_in(value, networks) == (name == "IpAddress")
    patterns = [_wildcard(value) for value in values]
    matches: dict[str, Callable[[str], bool]] = {
        "StringEquals": lambda value: value in values,
        "StringNotEquals": lambda value: value not in values,
        "StringLike": lambda value: any(pattern.fullmatch(value) for pattern in patterns),
        "StringNotLike": lambda value: not any(pattern.fullmatch(value) for pattern in patterns),
    }
    if name not in matches:
        raise ConfigError(f"policy: condition operator {name} is not supported")
    return matches[name]


def _is_in(value: str, networks: list[IPv4Network | IPv6Network]) -> bool:
    try:
        return any(ip_address(value) in network for network in networks)
    except ValueError:  # a key that is no address, such as aws:UserAgent
        return False


@lru_cache(maxsize=4096)
def _wildcard(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    text = "".join({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in pattern)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
