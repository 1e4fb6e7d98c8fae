"""The request validator: required parameters first, then the body against its model (JSON Schema draft-04).

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from cloud.errors import ConfigError
from services.gateway.responses import GatewayError

if TYPE_CHECKING:
    from services.gateway.exchange import Exchange

# The order in which AWS lists what is missing; alphabetical within each.
_PLACES = ("header", "path", "query")
_LONGEST_NAMED = 2048
"""Bytes of a body whose problems are named: each costs the validator 20 us and 1.5 KB, and every item may be one."""


@dataclass(frozen=True)
class Validator:
    """What a method asks of its requests. required: (place, name); models: content type -> compiled schema."""

    required: Sequence[tuple[str, str]] = ()
    models: Mapping[str, Any] | None = None

    def check(self, exchange: "Exchange") -> None:
        """Raises GatewayError: BAD_REQUEST_PARAMETERS naming what is missing or blank, BAD_REQUEST_BODY."""
        if self.required:
            self._check_parameters(exchange)
        if self.models:
            self._check_body(exchange, self.models)

    def _check_parameters(self, exchange: "Exchange") -> None:
        missing = [name for place, name in self.required if not _value(exchange, place, name).strip()]
        if missing:
            raise GatewayError("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{', '.join(missing)}]")

    def _check_body(self, exchange: "Exchange", models: Mapping[str, Any]) -> None:
        model = models.get(exchange.content_type) or models.get("$default")
        if model is not None and not model.is_valid(exchange.json):
            raise GatewayError("BAD_REQUEST_BODY", reason=f"[{_problems(model, exchange)}]")


def compile_validator(
    flags: Mapping[str, Any], operation: Mapping[str, Any], parameters: Sequence[Mapping[str, Any]], document: Any
) -> Validator:
    """The validator of one operation. flags: validateRequestBody, validateRequestParameters; without, all passes."""
    required: list[tuple[str, str]] = []
    if flags.get("validateRequestParameters"):
        wanted = [p for p in parameters if p.get("required") and p.get("in") in _PLACES]
        if not all(p.get("name") for p in wanted):
            raise ConfigError("a parameter has no name")
        required = [(p["in"], p["name"]) for p in wanted]
        required.sort(key=lambda item: (_PLACES.index(item[0]), item[1]))
    models = _models(operation, document) if flags.get("validateRequestBody") else None
    return Validator(required, models)


def compile_model(schema: Any, document: Mapping[str, Any]) -> Any:
    """A draft-04 schema that may refer to the document's components, compiled. Raises ConfigError."""
    root = {"allOf": [schema], "components": document.get("components") or {}}
    try:
        return jsonschema_rs.Draft4Validator(root)
    except (ValueError, jsonschema_rs.ValidationError) as error:
        raise ConfigError(f"model {schema!r}: {error}") from error


def _problems(model: Any, exchange: "Exchange") -> str:
    """What is wrong with a body that does not fit."""
    if len(exchange.request.body) > _LONGEST_NAMED:
        return f"the body does not fit its model; of more than {_LONGEST_NAMED} bytes no more is said"
    return ", ".join(error.message for error in model.iter_errors(exchange.json))


def _models(operation: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    content = (operation.get("requestBody") or {}).get("content") or {}
    return {
        kind.lower(): compile_model(media["schema"], document) for kind, media in content.items() if media.get("schema")
    }


def _value(exchange: "Exchange", place: str, name: str) -> str:
    if place == "header":
        return exchange.request.by_name.get(name.lower(), "")
    if place == "path":
        return exchange.path_parameters.get(name, "")
    return exchange.query.get(name, "")
