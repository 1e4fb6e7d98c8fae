"""What the contract tests of the worker's API share: packages, invocations, refusals."""

import io
import json
import stat
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .worker_stack import ROLE, Stack


def package(**files: str) -> bytes:
    """A zip file: names with __ for the dot, e.g. index__js; what is called bootstrap may be executed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name.replace("__", "."))
            entry.external_attr = (stat.S_IFREG | (0o755 if name == "bootstrap" else 0o644)) << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


def create(stack: Stack, name: str, code: bytes, **more: Any) -> dict[str, Any]:
    """Create a function from a zip file; Python unless said otherwise."""
    settings = {"Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE, "Timeout": 60, **more}
    reply: dict[str, Any] = stack.api.create_function(FunctionName=name, Code={"ZipFile": code}, **settings)
    return reply


def invoke(stack: Stack, function: str, event: Any = None, **more: Any) -> dict[str, Any]:
    """The reply, its payload parsed."""
    reply = stack.api.invoke(FunctionName=function, Payload=json.dumps(event or {}), **more)
    text = reply["Payload"].read()
    return {**reply, "Payload": json.loads(text) if text else None}


def refusal(call: Any, **arguments: Any) -> tuple[str, int, str]:
    """The code, the status and the text with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]
