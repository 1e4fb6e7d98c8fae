"""What runs in an execution environment: the program that each runtime starts.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
python3.x runs AWS's own client on the worker's interpreter; nodejs*.x a client of ours on the machine's Node.js;
provided.* the bootstrap that the function brings along.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from services.worker.functions.function import Function

_NODE_CLIENT = Path(__file__).parent / "node" / "runtime.cjs"
_HEAP = 0.9  # of the function's memory: what V8 may use for objects


class NoRuntime(Exception):
    """The function cannot be started here; error_type and the text are what the invocation answers."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


def command(function: Function, folder: Path, path: str) -> list[str]:
    """The program and its arguments. path: the PATH that programs are looked for on. Raises NoRuntime."""
    if function.runtime.startswith("python"):
        return [sys.executable, "-m", "awslambdaric", function.handler]
    if function.runtime.startswith("nodejs"):
        return [_node(function, path), f"--max-old-space-size={int(function.memory * _HEAP)}", str(_NODE_CLIENT)]
    bootstrap = folder / "bootstrap"
    if not os.access(bootstrap, os.X_OK) or not bootstrap.is_file():
        raise NoRuntime("Runtime.InvalidEntrypoint", f"Couldn't find valid bootstrap(s): [{bootstrap}]")
    return [str(bootstrap)]


def version(function: Function) -> str:
    """For the log's INIT_START line."""
    if function.runtime.startswith("python"):
        return f"python:{'.'.join(map(str, sys.version_info[:3]))}"
    return function.runtime.replace("nodejs", "nodejs:").replace(".x", "")


def variables(function: Function, folder: Path, node_modules: str) -> Mapping[str, str]:
    """Environment variables that the runtime needs for itself."""
    if function.runtime.startswith("python"):
        # An edit of the same length within the same second would go unnoticed by the cache of compiled modules.
        return {"PYTHONDONTWRITEBYTECODE": "1"}
    if function.runtime.startswith("nodejs"):
        return {"NODE_PATH": os.pathsep.join(filter(None, [str(folder / "node_modules"), node_modules]))}
    return {}


def _node(function: Function, path: str) -> str:
    if program := shutil.which("node", path=path):
        return program
    raise NoRuntime(
        "Runtime.InvalidRuntime",
        f"The runtime {function.runtime} needs Node.js, and there is no program `node` on this machine's PATH. "
        "Install Node.js 18 or newer and invoke the function again.",
    )
