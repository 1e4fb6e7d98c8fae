"""Mapping templates: Velocity as API Gateway offers it, on airspeed. docs/decisions/0003-gateway.md says why airspeed.

A template is parsed once. It sees $input, $util, $context and $stageVariables; an undefined reference is the empty
string, as on API Gateway (Velocity itself would print the reference's own text).

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import quote_plus, unquote_plus

import airspeed
import orjson
from airspeed import operators

from cloud.errors import ConfigError, FogbankError
from services.gateway.headers import canonical
from services.gateway.jsonpath import MISSING, compile_path


class TemplateFailed(FogbankError):
    """A template could not be rendered with this input."""


class JavaMap(dict[str, Any]):
    """A JSON object as a template holds it: printed as Java prints a map, {a=1, b=x}."""

    def __str__(self) -> str:
        return "{" + ", ".join(f"{key}={_printed(value)}" for key, value in self.items()) + "}"


class JavaList(list[Any]):
    """A JSON array as a template holds it: printed as JSON."""

    def __str__(self) -> str:
        return to_json(self)


class Input:
    """$input over one body, the request's or the integration's.

    text: the body; parse: gives it parsed, or raises; params: {path, querystring, header}, made when asked for.
    """

    def __init__(self, text: Callable[[], str], parse: Callable[[], Any], params: Callable[[], "JavaMap"]) -> None:
        self._text, self._parse, self._params = text, parse, params

    @property
    def body(self) -> str:
        """The body as it came; {} when it is empty."""
        return self._text() or "{}"

    def path(self, expression: str) -> Any:
        """What a JSONPath finds, as an object to go on with; missing: the empty string."""
        found = compile_path(expression)(self._parse())
        return "" if found is MISSING or found is None else as_java(found)

    def json(self, expression: str) -> str:
        """The same as JSON text."""
        found = compile_path(expression)(self._parse())
        return "" if found is MISSING else to_json(found)

    def params(self, name: str | None = None) -> Any:
        """All parameters as {path, querystring, header}, or the first one of this name in that order."""
        everything = self._params()
        if name is None:
            return everything
        for place, key in (("path", name), ("querystring", name), ("header", canonical(name.lower()))):
            if (value := everything[place].get(key)) is not None:
                return value
        return ""


class Util:
    """$util."""

    # The names are the templates' own.
    def escapeJavaScript(self, value: Any) -> str:  # noqa: N802
        """The text made safe between double quotes; single quotes are escaped too, which JSON forbids."""
        return orjson_ascii(_printed(value)).replace("'", "\\'")

    def parseJson(self, text: str) -> Any:  # noqa: N802
        """The object that a JSON text holds."""
        return as_java(orjson.loads(text))

    def urlEncode(self, text: Any) -> str:  # noqa: N802
        """application/x-www-form-urlencoded."""
        return quote_plus(_printed(text))

    def urlDecode(self, text: Any) -> str:  # noqa: N802
        """The reverse."""
        return unquote_plus(_printed(text))

    def base64Encode(self, text: Any) -> str:  # noqa: N802
        """Base64 of the text's UTF-8 bytes."""
        return base64.b64encode(_printed(text).encode()).decode()

    def base64Decode(self, text: Any) -> str:  # noqa: N802
        """The reverse."""
        return base64.b64decode(_printed(text)).decode()


UTIL = Util()


def compile_template(text: str) -> Callable[[Mapping[str, Any]], str]:
    """A function from a namespace to text. Raises ConfigError when the text is no Velocity.

    The function raises TemplateFailed; errors of the namespace's own functions pass through.
    """
    if "$" not in text and "#" not in text:
        return lambda _namespace: text
    template = airspeed.Template(text)
    try:
        template.ensure_compiled()
    except operators.TemplateError as error:
        raise ConfigError(f"mapping template: {error}") from error
    return lambda namespace: _render(template, namespace)


def as_java(value: Any) -> Any:
    """JSON objects and arrays in the dress that templates expect; everything else as it is."""
    if isinstance(value, dict):
        return JavaMap({key: as_java(item) for key, item in value.items()})
    if isinstance(value, list):
        return JavaList(as_java(item) for item in value)
    return value


def to_json(value: Any) -> str:
    """JSON text without needless spaces; numbers beyond 64 bits included."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def orjson_ascii(text: str) -> str:
    """The text as the inside of an ASCII JSON string."""
    return json.dumps(text)[1:-1]


def _render(template: Any, namespace: Mapping[str, Any]) -> str:
    try:
        return cast(str, template.merge(dict(namespace)))
    except operators.TemplateExecutionError as error:
        if isinstance(error.__cause__, FogbankError):
            raise error.__cause__ from error
        raise TemplateFailed(str(error)) from error
    except RecursionError as error:
        raise TemplateFailed("nested too deep") from error


def _printed(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _replace_all(text: str, pattern: str, replacement: str) -> str:
    # Java writes groups as $1 and a literal with a backslash before it; Python as \g<1>.
    python = re.sub(r"\\(.)|\$(\d)", lambda m: m[1].replace("\\", "\\\\") if m[1] else rf"\g<{m[2]}>", replacement)
    return re.sub(pattern, python, text)


_STRING_METHODS: dict[str, Callable[..., Any]] = {
    "replaceAll": _replace_all,
    "toUpperCase": lambda text: text.upper(),
    "toLowerCase": lambda text: text.lower(),
    "trim": lambda text: text.strip(),
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == str(other).lower(),
    "endsWith": lambda text, end: text.endswith(end),
    "concat": lambda text, other: text + other,
    "isEmpty": lambda text: not text,
    "toString": lambda text: text,
    "compareTo": lambda text, other: (text > other) - (text < other),
    "indexOf": lambda text, part: text.find(part),
}

_MAP_METHODS: dict[str, Callable[..., Any]] = {
    "size": len,
    "isEmpty": lambda self: not self,
    "containsKey": lambda self, key: key in self,
    "entrySet": lambda self: [{"key": key, "value": value} for key, value in self.items()],
    "keySet": list,
    "values": lambda self: list(self.values()),
}


def _teach_airspeed() -> None:
    """Java's methods on strings and collections, and API Gateway's empty string for what is undefined."""
    methods = operators.__additional_methods__
    methods[str].update(_STRING_METHODS)
    methods[dict].update(_MAP_METHODS)
    methods[JavaMap] = methods[dict]
    methods[JavaList] = methods[list]
    plain = operators.VariableExpression.calculate

    def calculate(self: Any, namespace: Any, loader: Any, global_namespace: Any = None) -> Any:
        value = plain(self, namespace, loader, global_namespace)
        return "" if value is None else value

    operators.VariableExpression.calculate = calculate


_teach_airspeed()
