"""S3: what is in a bucket, from a folder, as the CDK's BucketDeployment puts it there.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3_deployment-readme.html
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bootstrap.kind import Found
from bootstrap.resolve import Attributes
from cloud import content
from cloud.clients import client
from cloud.content import File
from labs.declare import BucketDeployment

_AT_ONCE = 8
_NAMED = 3  # files that a difference names
_BATCH = 1000  # keys that one DeleteObjects takes

Contents = Mapping[str, str]
"""Key -> ETag."""


class BucketDeployments:
    """Custom::CDKBucketDeployment. root: the folder below which Source is."""

    service = "s3"

    def __init__(self, root: Path) -> None:
        self.root = root
        self._etags: dict[Path, tuple[tuple[int, float], str]] = {}
        self._published: dict[str, frozenset[tuple[str, tuple[int, float]]]] = {}

    def find(self, deployment: BucketDeployment) -> Found | None:
        there = _contents(deployment)
        files = self._files(deployment)
        wrong, gone = self._wrong(files, there), _gone(deployment, files, there)
        if len(wrong) == len(files) and not gone:
            return None
        if not wrong and not gone:
            self._published[deployment.logical_id] = _versions(files)
        notes = [f"not as in {deployment.Source}/: {_some(wrong)}"] if wrong else []
        notes += [f"not in {deployment.Source}/: {_some(gone)}"] if gone else []
        return Found(_attributes(deployment), tuple(notes))

    def put(self, deployment: BucketDeployment, _found: Found | None) -> Attributes:
        files = self._files(deployment)
        versions = _versions(files)
        there = _contents(deployment)
        wrong = self._wrong(files, there)
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="publish") as pool:
            list(pool.map(lambda key: _upload(deployment, files[key]), wrong))
        gone = _gone(deployment, files, there)
        for first in range(0, len(gone), _BATCH):
            keys = [{"Key": key} for key in gone[first : first + _BATCH]]
            client("s3").delete_objects(
                Bucket=deployment.DestinationBucketName, Delete={"Objects": keys, "Quiet": True}
            )
        self._published[deployment.logical_id] = versions
        return _attributes(deployment)

    def delete(self, deployment: BucketDeployment, _found: Found) -> None:
        for key in _contents(deployment):
            client("s3").delete_object(Bucket=deployment.DestinationBucketName, Key=key)

    def edited(self, deployment: BucketDeployment) -> bool:
        """Whether a file was written, added or removed since it was last looked at. Reads no file, asks nobody."""
        versions = _versions(self._files(deployment))
        return self._published.setdefault(deployment.logical_id, versions) != versions

    def _files(self, deployment: BucketDeployment) -> dict[str, File]:
        return {file.key: file for file in content.files(self.root / deployment.Source)}

    def _wrong(self, files: Mapping[str, File], there: Contents) -> list[str]:
        return [key for key, file in files.items() if there.get(key) != self._etag(file)]

    def _etag(self, file: File) -> str:
        version, known = self._etags.get(file.path, ((0, 0.0), ""))
        if version != file.version or not known:
            try:
                known = content.etag(file.read())
            except FileNotFoundError:
                return ""
            self._etags[file.path] = (file.version, known)
        return known


def _upload(deployment: BucketDeployment, file: File) -> None:
    try:
        body = file.read()
    except FileNotFoundError:  # removed since it was listed: the next look sees that
        return
    client("s3").put_object(
        Bucket=deployment.DestinationBucketName,
        Key=file.key,
        Body=body,
        ContentType=file.media_type,
        CacheControl=file.cache_control,
    )


def _contents(deployment: BucketDeployment) -> Contents:
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=deployment.DestinationBucketName)
    return {one["Key"]: one["ETag"].strip('"') for page in pages for one in page.get("Contents", ())}


def _gone(deployment: BucketDeployment, files: Mapping[str, File], there: Contents) -> list[str]:
    return sorted(there.keys() - files.keys()) if deployment.Prune else []


def _versions(files: Mapping[str, File]) -> frozenset[tuple[str, tuple[int, float]]]:
    return frozenset((key, file.version) for key, file in files.items())


def _attributes(deployment: BucketDeployment) -> Attributes:
    return {"Ref": str(deployment.DestinationBucketName)}


def _some(keys: list[str]) -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(keys[:_NAMED]) + more
