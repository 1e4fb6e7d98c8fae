"""What Fogbank relies on of an S3, whoever plays it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.emulators import Emulator

SERVICE = "s3"


@pytest.fixture
def s3(emulator: Emulator) -> Any:
    return emulator.client("s3")


@pytest.fixture
def bucket(s3: Any, name: str) -> str:
    """The name of a bucket."""
    s3.create_bucket(Bucket=name)
    return name


def test_an_object_comes_back_with_its_type_and_metadata(s3: Any, bucket: str) -> None:
    """Any bytes, under any key."""
    key, data = "raw/2026/11/20/größer 🜁+%20.json", bytes(range(256))
    s3.put_object(Bucket=bucket, Key=key, Body=data, ContentType="application/x-test", Metadata={"shard": "0"})
    found = s3.get_object(Bucket=bucket, Key=key)

    assert found["Body"].read() == data
    assert found["ContentType"] == "application/x-test"
    assert found["Metadata"] == {"shard": "0"}
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix="raw/2026/")["Contents"]] == [key]


def test_a_missing_object_and_a_missing_bucket_are_told_apart(s3: Any, bucket: str) -> None:
    """NoSuchKey and NoSuchBucket."""
    codes = []
    for where in (bucket, f"{bucket}-not"):
        with pytest.raises(ClientError) as missing:
            s3.get_object(Bucket=where, Key="nothing")
        codes.append(missing.value.response["Error"]["Code"])

    assert codes == ["NoSuchKey", "NoSuchBucket"]


def test_a_bucket_of_ours_can_be_asked_for(s3: Any, bucket: str) -> None:
    """bootstrap asks before it creates."""
    assert s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=f"{bucket}-not")
