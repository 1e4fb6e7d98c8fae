"""Versions, aliases, concurrency, tags, pages and conflicts, through Lambda's API."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cloud.wait import until

from .worker_api import create, invoke, package, refusal
from .worker_stack import ROLE, Stack, client, running

pytestmark = pytest.mark.emulator

CODE = """
import os, time
def handler(event, context):
    if "gate" in event:
        open(event["gate"] + ".reached", "w").close()
        while not os.path.exists(event["gate"]):
            time.sleep(0.02)
    return {"arn": context.invoked_function_arn, "version": context.function_version,
            "level": os.environ.get("LEVEL"), "stream": context.log_stream_name}
"""
ARN = "arn:aws:lambda:us-east-1:000000000000:function"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("api")) as stack:
        stack.worker()
        yield stack


def level(stack: Stack, name: str, value: str) -> dict[str, Any]:
    """Change the function's configuration."""
    reply: dict[str, Any] = stack.api.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"LEVEL": value}}
    )
    return reply


def test_a_version_is_what_the_function_was(stack: Stack) -> None:
    """Published only when something changed; it stays as it was. Numbers rise, also across a function's deletion."""
    create(stack, "versioned", package(app__py=CODE), Environment={"Variables": {"LEVEL": "1"}})
    first = stack.api.publish_version(FunctionName="versioned", Description="first")
    again = stack.api.publish_version(FunctionName="versioned")
    level(stack, "versioned", "2")
    second = stack.api.publish_version(FunctionName="versioned")

    assert (first["Version"], again["Version"], second["Version"]) == ("1", "1", "2")
    assert (first["FunctionArn"], first["Description"]) == (f"{ARN}:versioned:1", "first")
    said = invoke(stack, "versioned", Qualifier="1")
    assert said["ExecutedVersion"] == "1"
    assert {**said["Payload"], "stream": ""} == {
        **{"arn": f"{ARN}:versioned:1", "version": "1", "level": "1", "stream": ""}
    }
    assert "/[1]" in said["Payload"]["stream"]
    assert invoke(stack, "versioned")["Payload"]["level"] == "2"
    listed = stack.api.list_versions_by_function(FunctionName="versioned")["Versions"]
    assert [(one["Version"], one["FunctionArn"].rpartition(":")[2]) for one in listed] == [
        *(("$LATEST", "$LATEST"), ("1", "1"), ("2", "2"))
    ]

    stack.api.delete_function(FunctionName="versioned", Qualifier="1")
    assert refusal(stack.api.invoke, FunctionName="versioned", Qualifier="1")[:2] == ("ResourceNotFoundException", 404)
    stack.api.delete_function(FunctionName="versioned")
    assert create(stack, "versioned", package(app__py=CODE), Publish=True)["Version"] == "3"


def test_a_version_of_hot_code_is_a_snapshot(stack: Stack) -> None:
    """The folder goes on changing; the version has what was in it."""
    folder = stack.folder / "hot"
    folder.mkdir()
    (folder / "app.py").write_text(CODE.replace('"version"', '"old"'))
    stack.function("hot", folder=folder)
    stack.api.publish_version(FunctionName="hot")

    (folder / "app.py").write_text(CODE)

    assert "old" in invoke(stack, "hot", Qualifier="1")["Payload"]
    assert "version" in invoke(stack, "hot")["Payload"]
    assert stack.api.publish_version(FunctionName="hot")["Version"] == "2"


def test_an_alias_is_a_name_for_a_version(stack: Stack) -> None:
    """The invoked ARN is the alias's; an update moves it; a version that it points to cannot be deleted."""
    create(stack, "aliased", package(app__py=CODE), Environment={"Variables": {"LEVEL": "1"}}, Publish=True)
    api = stack.api
    made = api.create_alias(FunctionName="aliased", Name="live", FunctionVersion="1", Description="d")
    arn = f"{ARN}:aliased:live"

    assert (made["AliasArn"], made["FunctionVersion"]) == (arn, "1")
    assert invoke(stack, "aliased:live")["Payload"]["arn"] == arn
    assert invoke(stack, arn)["ExecutedVersion"] == "1"
    assert api.get_function(FunctionName="aliased", Qualifier="live")["Configuration"]["FunctionArn"] == arn

    level(stack, "aliased", "2")
    api.publish_version(FunctionName="aliased")
    moved = api.update_alias(FunctionName="aliased", Name="live", FunctionVersion="2", RevisionId=made["RevisionId"])

    assert invoke(stack, "aliased", Qualifier="live")["Payload"]["level"] == "2"
    assert api.get_alias(FunctionName="aliased", Name="live")["RevisionId"] == moved["RevisionId"] != made["RevisionId"]
    assert [one["Name"] for one in api.list_aliases(FunctionName="aliased", FunctionVersion="2")["Aliases"]] == ["live"]
    assert api.list_aliases(FunctionName="aliased", FunctionVersion="1")["Aliases"] == []
    assert refusal(api.delete_function, FunctionName="aliased", Qualifier="2")[:2] == ("ResourceConflictException", 409)

    api.delete_alias(FunctionName="aliased", Name="live")
    assert refusal(api.get_alias, FunctionName="aliased", Name="live") == (
        *("ResourceNotFoundException", 404),
        f"Cannot find alias arn: {arn}",
    )
    assert refusal(api.invoke, FunctionName="aliased", Qualifier="live")[2] == f"Function not found: {arn}"


def test_an_alias_may_share_out_between_two_versions(stack: Stack) -> None:
    """About as its weights say; at most two versions, none of them $LATEST."""
    create(stack, "shared", package(app__py=CODE), Publish=True)
    level(stack, "shared", "2")
    stack.api.publish_version(FunctionName="shared")
    routing = {"AdditionalVersionWeights": {"2": 0.5}}
    alias = {"FunctionName": "shared", "Name": "half", "RoutingConfig": routing}
    stack.api.create_alias(FunctionVersion="1", **alias)

    ran = Counter(invoke(stack, "shared:half")["ExecutedVersion"] for _ in range(60))

    assert set(ran) == {"1", "2"}
    assert refusal(stack.api.update_alias, FunctionVersion="$LATEST", **alias)[0] == "InvalidParameterValueException"
    assert refusal(stack.api.update_alias, FunctionVersion="9", **alias)[:2] == ("ResourceNotFoundException", 404)


def test_reserved_concurrency_throttles(stack: Stack, tmp_path: Path) -> None:
    """Beyond it, and always at 0: 429, as AWS words it; taken away, all is as before."""
    create(stack, "reserved", package(app__py=CODE))
    api = stack.api

    assert api.get_function_concurrency(FunctionName="reserved").get("ReservedConcurrentExecutions") is None
    api.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=0)
    assert refusal(api.invoke, FunctionName="reserved") == ("TooManyRequestsException", 429, "Rate Exceeded.")
    with pytest.raises(api.exceptions.TooManyRequestsException) as refused:
        api.invoke(FunctionName="reserved")
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert api.get_function(FunctionName="reserved")["Concurrency"] == {"ReservedConcurrentExecutions": 0}

    api.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=1)
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(invoke, stack, "reserved", {"gate": str(gate)})
        try:
            until((tmp_path / "gate.reached").exists, 60, what="the first call to run")
            assert refusal(api.invoke, FunctionName="reserved")[:2] == ("TooManyRequestsException", 429)
        finally:
            gate.touch()
        assert first.result()["StatusCode"] == 200
    api.delete_function_concurrency(FunctionName="reserved")
    assert invoke(stack, "reserved")["StatusCode"] == 200
    assert refusal(api.put_function_concurrency, FunctionName="reserved", ReservedConcurrentExecutions=950)[2].endswith(
        "below its minimum value of [100]."
    )


def test_tags_are_kept(stack: Stack) -> None:
    """Given at creation, added, taken away; they belong to functions only."""
    create(stack, "tagged", package(app__py=CODE), Tags={"a": "1"})
    arn = f"{ARN}:tagged"

    stack.api.tag_resource(Resource=arn, Tags={"b": "2", "c": "3"})
    stack.api.untag_resource(Resource=arn, TagKeys=["a", "c"])

    assert stack.api.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert stack.api.get_function(FunctionName="tagged")["Tags"] == {"b": "2"}
    assert refusal(stack.api.list_tags, Resource=f"{arn}:1")[0] == "InvalidParameterValueException"


def test_functions_are_listed_in_pages(stack: Stack) -> None:
    """MaxItems of them, and a marker for the rest; boto3's paginator finds all."""
    for number in range(5):
        create(stack, f"page-{number}", package(app__py=CODE))

    pages = list(stack.api.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2}))
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]

    assert all(len(page["Functions"]) <= 2 for page in pages)
    assert sorted(names) == names
    assert {f"page-{number}" for number in range(5)} <= set(names)
    everything = stack.api.list_functions(FunctionVersion="ALL")["Functions"]
    assert f"{ARN}:page-0:$LATEST" in [function["FunctionArn"] for function in everything]
    usage = stack.api.get_account_settings()["AccountUsage"]
    assert usage["FunctionCount"] == len(names)


def test_states_and_revisions_are_lambdas(stack: Stack) -> None:
    """Pending when created and Active when asked for; a change of an older revision is refused; waiters work."""
    made = create(stack, "state", package(app__py=CODE))
    stack.api.get_waiter("function_active_v2").wait(FunctionName="state", WaiterConfig={"Delay": 1})
    changed = level(stack, "state", "1")
    stack.api.get_waiter("function_updated_v2").wait(FunctionName="state", WaiterConfig={"Delay": 1})

    assert (made["State"], changed["LastUpdateStatus"]) == ("Pending", "InProgress")
    stale = refusal(
        stack.api.update_function_configuration, FunctionName="state", Timeout=9, RevisionId=made["RevisionId"]
    )
    assert stale[:2] == ("PreconditionFailedException", 412)
    assert stack.api.invoke(FunctionName="state", InvocationType="DryRun")["StatusCode"] == 204


def test_a_mapping_to_an_alias_calls_the_alias(stack: Stack) -> None:
    """The invoked ARN in the context is the qualified one, and the version is the alias's."""
    code = (
        "import json, os\ndef handler(event, context):\n    with open(os.environ['NOTES'], 'a') as notes:\n"
        "        notes.write(json.dumps([context.invoked_function_arn, context.function_version]) + chr(10))\n"
    )
    notes = stack.folder / "alias.notes"
    create(stack, "mapped", package(app__py=code), Environment={"Variables": {"NOTES": str(notes)}}, Publish=True)
    stack.api.create_alias(FunctionName="mapped", Name="live", FunctionVersion="1")
    arn = stack.stream("mapped")
    stack.mapping("mapped:live", arn)

    stack.put("mapped", ("k", "1"))

    until(lambda: notes.exists() and notes.read_text().endswith("\n"), 60, what="the record")
    assert json.loads(notes.read_text()) == [f"{ARN}:mapped:live", "1"]


def test_every_replica_answers_for_all(stack: Stack) -> None:
    """What one replica changed, the other knows."""
    worker = stack.worker("w2")
    there = client("lambda", worker.port)
    create(stack, "known", package(app__py=CODE), Publish=True)
    there.create_alias(FunctionName="known", Name="live", FunctionVersion="1")

    assert invoke(stack, "known:live")["ExecutedVersion"] == "1"
    assert there.get_function(FunctionName="known")["Configuration"]["Role"] == ROLE
    worker.end()
    stack.workers.remove(worker)
