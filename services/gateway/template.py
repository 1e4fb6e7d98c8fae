"""Mapping templates: Velocity as API Gateway offers it.

A template is compiled once. It sees $input, $util, $context and $stageVariables; an undefined reference is the empty
string, as on API Gateway (Velocity itself would print the reference's own text).

AWS page: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import orjson
from airspeed import operators

from cloud.errors import ConfigError
from services.gateway.headers import canonical
from services.gateway.jsonpath import MISSING, compile_path
from services.gateway.velocity.directives import compile_text
from services.gateway.velocity.scope import Ended, Scope, Step
from services.gateway.velocity.values import JavaMap, as_java, printed, to_json

MAX_TEMPLATE = 300 * 1024
"""Bytes of a template, AWS's limit."""


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
        return json.dumps(printed(value))[1:-1].replace("'", "\\'")

    def parseJson(self, text: str) -> Any:  # noqa: N802
        """The object that a JSON text holds."""
        return as_java(orjson.loads(text))

    def urlEncode(self, text: Any) -> str:  # noqa: N802
        """application/x-www-form-urlencoded."""
        return quote_plus(printed(text))

    def urlDecode(self, text: Any) -> str:  # noqa: N802
        """The reverse."""
        return unquote_plus(printed(text))

    def base64Encode(self, text: Any) -> str:  # noqa: N802
        """Base64 of the text's UTF-8 bytes."""
        return base64.b64encode(printed(text).encode()).decode()

    def base64Decode(self, text: Any) -> str:  # noqa: N802
        """The reverse."""
        return base64.b64decode(printed(text)).decode()


UTIL = Util()


def compile_template(text: str) -> Callable[[Mapping[str, Any]], str]:
    """A function from a namespace to text. Raises ConfigError when the text is no Velocity.

    The function raises TemplateFailed; errors of the namespace's own functions pass through.
    """
    if len(text.encode("utf-8", "replace")) > MAX_TEMPLATE:
        raise ConfigError(f"mapping template: longer than {MAX_TEMPLATE} bytes")
    if "$" not in text and "#" not in text:
        return lambda _namespace: text
    step = _compiled(text)

    def render(namespace: Mapping[str, Any]) -> str:
        out: list[str] = []
        with suppress(Ended):
            step(Scope(namespace), out)
        return "".join(out)

    return render


def _compiled(text: str) -> Step:
    try:
        return compile_text(text)
    except (operators.TemplateError, operators.NoMatch, KeyError) as error:  # KeyError: a sign that airspeed lacks
        raise ConfigError(f"mapping template: {error or 'a directive has no end'}") from error
    except RecursionError as error:
        raise ConfigError("mapping template: nested too deep") from error
