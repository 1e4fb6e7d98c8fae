"""Code from zip files and from S3, through Lambda's API."""

import base64
import hashlib
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from .worker_api import create, invoke, package, refusal
from .worker_stack import ROLE, Stack, client, running

pytestmark = pytest.mark.emulator

APP = "import os\ndef handler(event, context):\n    return [{answer!r}, os.getcwd(), os.path.dirname(__file__)]\n"


def app(answer: str) -> bytes:
    return package(app__py=APP.format(answer=answer))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("code")) as stack:
        stack.worker()
        yield stack


def test_a_zip_file_runs(stack: Stack) -> None:
    """CodeSha256 is its digest in base64 and CodeSize its bytes; the code runs from where it was unpacked."""
    code = app("zipped")

    reply = create(stack, "zipped", code)
    answer, cwd, folder = invoke(stack, "zipped")["Payload"]

    assert reply["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert reply["CodeSize"] == len(code)
    assert (answer, cwd) == ("zipped", folder)
    assert folder.startswith(str(stack.folder / "home"))
    assert not Path(folder, "app.py").stat().st_mode & stat.S_IWUSR


def test_the_package_is_kept_in_s3_and_can_be_fetched(stack: Stack) -> None:
    """GetFunction answers a presigned URL of it."""
    code = app("fetched")
    create(stack, "fetched", code)

    location = stack.api.get_function(FunctionName="fetched")["Code"]["Location"]

    with urllib.request.urlopen(location, timeout=30) as reply:
        assert reply.read() == code


def test_a_package_in_s3_runs(stack: Stack) -> None:
    """S3Bucket and S3Key; a version of the object by S3ObjectVersion. What was taken is kept: the source may go."""
    s3 = client("s3", stack.emulator_port)
    s3.create_bucket(Bucket="sources")
    s3.put_bucket_versioning(Bucket="sources", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="sources", Key="a/app.zip", Body=app("one"))["VersionId"]
    s3.put_object(Bucket="sources", Key="a/app.zip", Body=app("two"))
    source = {"S3Bucket": "sources", "S3Key": "a/app.zip"}
    settings = {"Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE}

    stack.api.create_function(FunctionName="s3", Code=source, **settings)
    assert invoke(stack, "s3")["Payload"][0] == "two"
    stack.api.update_function_code(FunctionName="s3", S3ObjectVersion=first, **source)
    assert invoke(stack, "s3")["Payload"][0] == "one"

    missing = {"S3Bucket": "sources", "S3Key": "none.zip"}
    code, status, text = refusal(stack.api.create_function, FunctionName="s3-none", Code=missing, **settings)
    assert (code, status) == ("InvalidParameterValueException", 400)
    assert text.startswith("Error occurred while GetObject. S3 Error Code: NoSuchKey.")


def test_an_update_runs_from_the_next_invocation_on(stack: Stack) -> None:
    """Every replica sees it within about a second, the one that took it at once; DryRun changes nothing."""
    create(stack, "updated", app("old"))
    assert invoke(stack, "updated")["Payload"][0] == "old"

    dry = stack.api.update_function_code(FunctionName="updated", ZipFile=app("new"), DryRun=True)
    assert invoke(stack, "updated")["Payload"][0] == "old"
    wet = stack.api.update_function_code(FunctionName="updated", ZipFile=app("new"))

    assert wet["LastUpdateStatus"] == "InProgress"
    assert dry["CodeSha256"] == wet["CodeSha256"]
    assert invoke(stack, "updated")["Payload"][0] == "new"


def test_another_replica_and_a_restarted_one_run_it(stack: Stack) -> None:
    """The code is in S3; each replica unpacks it for itself. One that has it unpacked does without."""
    create(stack, "shared", app("shared"))
    worker = stack.worker("w2")
    there = client("lambda", worker.port)
    first = there.invoke(FunctionName="shared")["Payload"].read()

    worker.kill()
    for entry in client("s3", stack.emulator_port).list_objects_v2(Bucket="fogbank-code")["Contents"]:
        client("s3", stack.emulator_port).delete_object(Bucket="fogbank-code", Key=entry["Key"])
    worker.start()

    assert b"/w2/" in first
    assert there.invoke(FunctionName="shared")["Payload"].read() == first
    assert client("s3", stack.emulator_port).list_objects_v2(Bucket="fogbank-code")["KeyCount"] == 1  # it is back
    worker.end()
    stack.workers.remove(worker)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (b"PK no zip", "Could not unzip uploaded file."),
        (package(**{"../evil__py": "x"}), "leads out of it"),
    ],
)
def test_what_is_no_good_package_is_refused(stack: Stack, code: bytes, words: str) -> None:
    """InvalidParameterValueException, and no function is made of it."""
    settings = {"Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE}

    refused = refusal(stack.api.create_function, FunctionName="refused", Code={"ZipFile": code}, **settings)

    assert refused[:2] == ("InvalidParameterValueException", 400)
    assert words in refused[2]
    assert refusal(stack.api.get_function, FunctionName="refused")[1] == 404
