"""Runtimes and limits: Node.js, bootstraps, and functions that do what they should not."""

import shutil
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from cloud.wait import until
from tests.machine import slack

from .worker_api import create, invoke, package
from .worker_stack import Stack, decoded, running

pytestmark = pytest.mark.emulator

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")

COMMON = """
exports.echo = async (event, context) => {
  console.log("got\\n%j", event);
  return { event, id: context.awsRequestId, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis(),
           memory: context.memoryLimitInMB, version: context.functionVersion, node: process.env.AWS_EXECUTION_ENV };
};
exports.callback = (event, context, callback) => setTimeout(() => callback(null, "called"), 5);
exports.sync = () => "lost";
exports.fail = async () => { class AlienError extends Error { name = "AlienError"; } throw new AlienError("landed"); };
exports.refuse = (event, context, callback) => callback("no");
const pause = () => new Promise((resolve) => setTimeout(resolve, 900));
exports.stray = async () => { setImmediate(() => { throw new Error("stray"); }); await pause(); };
exports.reject = async () => { Promise.reject(new Error("nobody")); await pause(); };
exports.never = () => new Promise(() => {});
exports.leave = () => process.exit(7);
exports.late = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1000); callback(null, "soon");
};
"""
MODULE = 'import path from "node:path";\nexport const handler = async (event) => path.basename("/a/" + event.name);\n'
BOOTSTRAP = f"""#!{sys.executable}
import json, os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as work:
        event, request = json.load(work), work.headers["Lambda-Runtime-Aws-Request-Id"]
    answer = json.dumps({{"own": event, "handler": os.environ["_HANDLER"]}}).encode()
    urllib.request.urlopen(urllib.request.Request(api + request + "/response", answer)).close()
"""
WILD = """
import os, signal, subprocess, sys, time

def eat(event, context):
    hoard = []
    while True:
        hoard.append(b"x" * 10_000_000)

def breed(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    if event.get("alone"):
        os._exit(1)
    return child.pid

def feed(event, context):
    subprocess.run([sys.executable, "-c", "h = [b'x' * 10_000_000 for _ in range(10_000)]"], check=True)

def shout(event, context):
    for number in range(12_000):
        print("all work and no play makes jack a dull boy, line after line after line of it", number)
    print("the end")
    return "done"

def whole(event, context):
    print("y" * 1_000_000)
    return "z" * 6_000_000

def fork(event, context):
    while True:
        try:
            os.fork()
        except OSError:
            pass

def fine(event, context):
    return "fine"
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("runtimes")) as stack:
        stack.worker()
        code = package(index__js=COMMON)
        for name in (
            "echo",
            "callback",
            "sync",
            "fail",
            "refuse",
            "stray",
            "reject",
            "never",
            "leave",
            "late",
            "absent",
        ):
            create(stack, f"node-{name}", code, Runtime="nodejs20.x", Handler=f"index.{name}")
        code = package(wild__py=WILD)
        for name in ("eat", "feed", "breed", "shout", "whole", "fork", "fine"):
            create(stack, name, code, Handler=f"wild.{name}", MemorySize=192)
        yield stack


@needs_node
def test_node_gets_event_context_and_environment(stack: Stack) -> None:
    """As Lambda's own Node.js runtime gives them; what console printed stands in the log, in its form."""
    reply = invoke(stack, "node-echo", {"a": [1]}, LogType="Tail")
    said = reply["Payload"]

    assert said["event"] == {"a": [1]}
    assert said["id"] == reply["ResponseMetadata"]["RequestId"]
    assert said["arn"].endswith(":function:node-echo")
    assert 60_000 - 500 * slack() < said["left"] <= 60_000
    assert (said["memory"], said["version"], said["node"]) == ("128", "$LATEST", "AWS_Lambda_nodejs20.x")
    assert f'\t{said["id"]}\tINFO\tgot\r{{"a":[1]}}\n' in decoded(reply["LogResult"])


@needs_node
@pytest.mark.parametrize(("function", "answer"), [("callback", "called"), ("sync", None), ("late", "soon")])
def test_node_handlers_may_call_back(stack: Stack, function: str, answer: Any) -> None:
    """With a callback; a return value without a promise counts for nothing; the event loop may be left unfinished."""
    for _ in range(2):
        reply = invoke(stack, f"node-{function}")

        assert (reply.get("FunctionError"), reply["Payload"]) == (None, answer)


@needs_node
@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        ("fail", "AlienError", "landed"),
        ("refuse", "string", "no"),
        ("stray", "Error", "stray"),
        ("reject", "Runtime.UnhandledPromiseRejection", "Error: nobody"),
        ("never", "Runtime.NodeJsExit", "neither resolved nor rejected"),
        ("leave", "Runtime.ExitError", "exit status 7"),
        ("absent", "Runtime.HandlerNotFound", "index.absent is undefined or not exported"),
    ],
)
def test_node_errors_are_answered(stack: Stack, function: str, kind: str, words: str) -> None:
    """errorType, errorMessage and trace as Lambda has them; what nobody caught ends the process, not the function."""
    for _ in range(2):
        reply = invoke(stack, f"node-{function}")

        assert reply["FunctionError"] == "Unhandled"
        assert reply["Payload"]["errorType"] == kind
        assert words in reply["Payload"]["errorMessage"]
    if function == "fail":
        assert reply["Payload"]["trace"][0] == "AlienError: landed"


@needs_node
@pytest.mark.parametrize(
    "files", [{"index__mjs": MODULE}, {"index__js": MODULE, "package__json": '{"type": "module"}'}]
)
def test_es_modules_run(stack: Stack, files: dict[str, str]) -> None:
    """By their extension, or by package.json."""
    name = f"esm-{len(files)}"
    create(stack, name, package(**files), Runtime="nodejs22.x", Handler="index.handler")

    assert invoke(stack, name, {"name": "alien"})["Payload"] == "alien"


@needs_node
def test_a_missing_aws_sdk_is_explained(stack: Stack) -> None:
    """AWS's runtime brings it along, a machine's Node.js does not: the log says what to do."""
    create(stack, "sdk", package(index__js='require("@aws-sdk/client-none")'), Runtime="nodejs20.x", Handler="index.h")

    reply = invoke(stack, "sdk", LogType="Tail")

    assert reply["Payload"]["errorType"] == "Runtime.ImportModuleError"
    assert "FOGBANK_NODE_MODULES" in decoded(reply["LogResult"])


@needs_node
def test_packages_that_awss_runtime_brings_along_are_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    """In FOGBANK_NODE_MODULES, by both kinds of modules; what the function brings itself comes first."""
    with running(tmp_path_factory.mktemp("modules")) as stack:
        modules = stack.folder / "node_modules"
        for name in ("alien", "own"):
            (modules / "@aws-sdk" / name).mkdir(parents=True)
            (modules / "@aws-sdk" / name / "index.js").write_text("exports.from = 'runtime';")
        stack.worker(NODE_MODULES=str(modules))
        own = {"node_modules/@aws-sdk/own/index__js": "exports.from = 'function';"}
        common = 'const [a, o] = [require("@aws-sdk/alien"), require("@aws-sdk/own")];\n'
        module = 'import a from "@aws-sdk/alien"; import o from "@aws-sdk/own";\n'
        answer = "async () => [a.from, o.from]"
        code = package(index__js=f"{common}exports.h = {answer};", **own)
        create(stack, "common", code, Runtime="nodejs20.x", Handler="index.h")
        code = package(index__mjs=f"{module}export const h = {answer};", **own)
        create(stack, "module", code, Runtime="nodejs20.x", Handler="index.h")

        answers = [invoke(stack, name)["Payload"] for name in ("common", "module")]

    assert answers == [["runtime", "function"]] * 2


def test_without_node_the_answer_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A function error that names what is missing; Python goes on working."""
    with running(tmp_path_factory.mktemp("nodeless")) as stack:
        (stack.folder / "bin").mkdir()
        stack.environ["PATH"] = str(stack.folder / "bin")
        stack.worker()
        create(stack, "n", package(index__js=COMMON), Runtime="nodejs20.x", Handler="index.echo")

        payload = invoke(stack, "n")["Payload"]

    assert payload["errorType"] == "Runtime.InvalidRuntime"
    assert "Install Node.js" in payload["errorMessage"]


def test_a_bootstrap_of_ones_own_runs(stack: Stack) -> None:
    """provided.al2023: the package's bootstrap speaks the Runtime API itself."""
    create(stack, "own", package(bootstrap=BOOTSTRAP), Runtime="provided.al2023", Handler="x.y")
    create(stack, "none", package(other="x"), Runtime="provided.al2023", Handler="x.y")

    assert invoke(stack, "own", {"n": 1})["Payload"] == {"own": {"n": 1}, "handler": "x.y"}
    assert invoke(stack, "own", {"n": 2})["Payload"]["own"] == {"n": 2}
    payload = invoke(stack, "none")["Payload"]
    assert payload["errorType"] == "Runtime.InvalidEntrypoint"
    assert "Couldn't find valid bootstrap(s)" in payload["errorMessage"]


@pytest.mark.parametrize("function", ["eat", "feed"])
def test_too_much_memory_ends_the_function_alone(stack: Stack, function: str) -> None:
    """Runtime exited, signal: killed, also when a child of it has the memory; others run on beside it."""
    for _ in range(2):
        payload = invoke(stack, function)["Payload"]

        assert payload["errorType"] == "Runtime.ExitError"
        assert payload["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
        assert invoke(stack, "fine")["Payload"] == "fine"


def test_what_a_function_started_ends_with_it(stack: Stack) -> None:
    """A process that exits leaves no children behind."""
    pid = invoke(stack, "breed")["Payload"]
    assert psutil.pid_exists(pid)

    assert invoke(stack, "breed", {"alone": True})["FunctionError"] == "Unhandled"

    until(lambda: not _runs(pid), 60, what="the child's end")


def test_a_fork_bomb_is_defused(stack: Stack) -> None:
    """More than 1024 processes, or a timeout, and all of them end."""
    stack.api.update_function_configuration(FunctionName="fork", Timeout=3)

    assert invoke(stack, "fork")["FunctionError"] == "Unhandled"

    assert invoke(stack, "fine")["Payload"] == "fine"
    worker = stack.workers[0].child
    assert worker
    until(lambda: len(psutil.Process(worker.pid).children(recursive=True)) < 20, 60, what="the end of the bomb")


def test_a_megabyte_of_output_is_taken(stack: Stack) -> None:
    """Lines or one line: the end of it is in the log's tail, and the answer comes; 6 MB of answer, too."""
    reply = invoke(stack, "shout", LogType="Tail")
    assert reply["Payload"] == "done"
    assert "\nthe end\nEND RequestId" in decoded(reply["LogResult"])

    reply = invoke(stack, "whole", LogType="Tail")
    assert len(reply["Payload"]) == 6_000_000
    assert len(decoded(reply["LogResult"])) == 4096


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
