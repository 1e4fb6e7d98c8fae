"""A small `aws`, for tests that run a document's commands where the AWS CLI is not installed.

It reads a command line as the AWS CLI does, from botocore's own service models: operations and parameters in kebab
case, JSON or shorthand values, file:// and fileb://, --query, --output json or text. It has no `aws s3`, no waiters and
no pages.
"""

import datetime
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import botocore.session
import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

SERVICES = {"s3api": "s3"}
SPECIAL = {("lambda", "create-function", "zip-file"): ("Code", "ZipFile")}


class Usage(Exception):
    """The command line makes no sense."""


def main(arguments: Sequence[str]) -> tuple[int, str]:
    """Run one command; returns the exit code, and what is printed."""
    try:
        return 0, _run(list(arguments))
    except (Usage, BotoCoreError, ClientError, OSError, ValueError) as error:
        return 255, f"aws: {error}\n"


def _run(arguments: list[str]) -> str:
    service, operation, *rest = arguments
    client = botocore.session.get_session().create_client(SERVICES.get(service, service))
    try:
        names = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}
        if operation not in names:
            raise Usage(f"{service} has no {operation}")
        model = client.meta.service_model.operation_model(names[operation])
        call = Call(service, operation, model.input_shape)
        call.read(rest)
        answer = getattr(client, xform_name(names[operation]))(**call.parameters)
    finally:
        client.close()
    answer.pop("ResponseMetadata")
    if call.outfile:
        Path(call.outfile).write_bytes(answer.pop("Body").read())
    answer = json.loads(json.dumps(answer, default=_plain))
    result = jmespath.search(call.query, answer) if call.query else answer
    if result in ({}, None) and not call.query:
        return ""
    return _text(result) + "\n" if call.output == "text" else json.dumps(result, indent=4, ensure_ascii=False) + "\n"


class Call:
    """A command's parameters, in the API's words."""

    def __init__(self, service: str, operation: str, shape: Any) -> None:
        self.where = (service, operation)
        self.members = {xform_name(name, "-"): (name, member) for name, member in shape.members.items()}
        self.parameters: dict[str, Any] = {}
        self.query = self.output = self.outfile = ""

    def read(self, words: list[str]) -> None:
        """Take the words behind the operation."""
        while words:
            word = words.pop(0)
            if not word.startswith("--"):
                self.outfile = word
                continue
            values: list[str] = []
            while words and not words[0].startswith("--") and not (values and self._is_outfile(words)):
                values.append(words.pop(0))
            self._take(word[2:], values)

    def _is_outfile(self, words: list[str]) -> bool:
        return self.where[1] == "get-object" and not words[0].startswith("-")

    def _take(self, name: str, values: list[str]) -> None:
        if name in {"query", "output"}:
            setattr(self, name, values[0])
        elif path := SPECIAL.get((*self.where, name)):
            self.parameters.setdefault(path[0], {})[path[1]] = _blob(values[0])
        elif name in self.members:
            key, shape = self.members[name]
            self.parameters[key] = _value(shape, values)
        elif name.startswith("no-") and name[3:] in self.members:
            self.parameters[self.members[name[3:]][0]] = False
        else:
            raise Usage(f"{' '.join(self.where)} has no --{name}")


def _value(shape: Any, values: list[str]) -> Any:
    """The words behind a parameter, as its shape asks for."""
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "list":
        return _list(shape, values)
    if len(values) != 1:
        raise Usage(f"one value is wanted, not {values}")
    return _single(shape.type_name, values[0])


def _list(shape: Any, values: list[str]) -> Any:
    if values[0].startswith("["):
        return json.loads(values[0])
    return [_shorthand(value) for value in values] if shape.member.type_name == "structure" else values


def _single(kind: str, text: str) -> Any:
    if text.startswith("file://"):
        text = Path(text.removeprefix("file://")).read_text()
    if kind in {"structure", "map"}:
        return json.loads(text) if text.startswith("{") else _shorthand(text)
    if kind in {"integer", "long"}:
        return int(text)
    if kind == "blob":
        return _blob(text)
    return text


def _shorthand(text: str) -> dict[str, Any]:
    """The CLI's Key=value,Other={Inner=value}."""
    found = {}
    for part in re.findall(r"[^,{}]+=(?:\{[^{}]*\}|[^,{}]*)", text):
        key, _, value = part.partition("=")
        found[key] = _shorthand(value[1:-1]) if value.startswith("{") else value
    if not found:
        raise Usage(f"{text!r} is neither JSON nor shorthand")
    return found


def _blob(text: str) -> bytes:
    return Path(text.removeprefix("fileb://")).read_bytes() if text.startswith("fileb://") else text.encode()


def _text(value: Any) -> str:
    """As --output text prints it."""
    if isinstance(value, list):
        inner = [line for line in value if isinstance(line, list)]
        return "\n".join(map(_text, inner)) if inner else "\t".join(map(_text, value))
    if isinstance(value, dict):
        return "\t".join(_text(value[key]) for key in sorted(value))
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
