"""Where code is kept: one S3 object per CodeSha256, unpacked once per replica into a folder of its own.

A folder on this machine (hot-reload) is used where it lies. https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

import asyncio
import base64
import binascii
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cloud.errors import AwsError, error_code
from services.worker.functions import code as hot
from services.worker.functions import packages
from services.worker.functions.code import CodeFolder

BUCKET = "fogbank-code"
ZIPPED = 50 * 1024 * 1024  # bytes of a package that comes within the request
_MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "NoSuchVersion", "404"})
_KEEP = 7 * 24 * 3600  # seconds that unpacked code is kept after it was last used
_LINK = 600  # seconds that a link to a package is good


@dataclass(frozen=True)
class Stored:
    """Code that was taken. where: what the function's item says of it; sha256: base64; size: bytes, 0 for a folder."""

    where: dict[str, str]
    sha256: str
    size: int


class CodeStore:
    """s3: a boto3 client; folder: this replica's own, for unpacked code."""

    def __init__(self, s3: Any, folder: Path) -> None:
        self.s3 = s3
        self.folder = folder
        self._folders: dict[str, CodeFolder] = {}
        self._unpacked: dict[str, asyncio.Task[Path]] = {}

    async def take(self, code: Mapping[str, Any]) -> Stored:
        """Check and keep a request's Code; InvalidParameterValueException when it cannot run here."""
        if code.get("S3Bucket") == hot.HOT_RELOAD:
            where = hot.check(code)
            return Stored(where, packages.sha256(where["S3Key"].encode()), 0)
        package = _decoded(code["ZipFile"]) if code.get("ZipFile") else await self._fetch(code)
        await asyncio.to_thread(packages.check, package)
        return await self.keep(package)

    async def keep(self, package: bytes) -> Stored:
        """Put a checked package into the bucket."""
        sha256 = packages.sha256(package)
        key = f"{base64.b64decode(sha256).hex()}.zip"
        await asyncio.to_thread(self._put, key, package)
        return Stored({"S3Bucket": BUCKET, "S3Key": key}, sha256, len(package))

    async def freeze(self, where: Mapping[str, str]) -> Stored | None:
        """A hot-reload folder as it is now, as a package of its own; None for code that cannot change anyway."""
        if where["S3Bucket"] != hot.HOT_RELOAD:
            return None
        return await self.keep(await asyncio.to_thread(packages.pack, Path(where["S3Key"])))

    async def ready(self, where: Mapping[str, str]) -> tuple[Path, str]:
        """The folder to run from, and a text that changes whenever what is in it does."""
        key = where["S3Key"]
        if where["S3Bucket"] == hot.HOT_RELOAD:
            if key not in self._folders:
                self._folders[key] = CodeFolder(Path(key))
            return Path(key), await self._folders[key].fingerprint()
        task = self._unpacked.get(key)
        if task is None or _failed(task):
            task = self._unpacked[key] = asyncio.create_task(asyncio.to_thread(self._unpack, key))
        return task.result() if task.done() else await asyncio.shield(task), key

    def location(self, where: Mapping[str, str]) -> str:
        """Where the code can be fetched: a presigned URL, or the folder's."""
        if where["S3Bucket"] == hot.HOT_RELOAD:
            return Path(where["S3Key"]).as_uri()
        return str(self.s3.generate_presigned_url("get_object", Params=_object(where["S3Key"]), ExpiresIn=_LINK))

    async def _fetch(self, code: Mapping[str, Any]) -> bytes:
        wanted = {"Bucket": code.get("S3Bucket"), "Key": code.get("S3Key"), "VersionId": code.get("S3ObjectVersion")}
        if not wanted["Bucket"] or not wanted["Key"]:
            raise _invalid("Please provide a source for function code.")
        try:
            return await asyncio.to_thread(self._read, {name: value for name, value in wanted.items() if value})
        except ClientError as error:
            said = error.response["Error"]
            raise _invalid(
                "Error occurred while GetObject. "
                f"S3 Error Code: {said.get('Code')}. S3 Error Message: {said.get('Message')}"
            ) from error

    def _read(self, wanted: Mapping[str, Any]) -> bytes:
        reply = self.s3.get_object(**wanted)
        if reply["ContentLength"] > packages.UNPACKED:
            raise _invalid(f"Unzipped size must be smaller than {packages.UNPACKED} bytes")
        with reply["Body"] as body:
            return bytes(body.read())

    def _put(self, key: str, package: bytes) -> None:
        try:
            self.s3.put_object(**_object(key), Body=package)
        except ClientError as error:
            if error_code(error) not in _MISSING:
                raise
            self._create_bucket()
            self.s3.put_object(**_object(key), Body=package)

    def _create_bucket(self) -> None:
        try:
            self.s3.create_bucket(Bucket=BUCKET)
        except ClientError as error:  # another replica was faster
            if error_code(error) not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise

    def _unpack(self, key: str) -> Path:
        """The package stays beside its folder: an emulator that forgets its objects gets it back."""
        folder, package = self.folder / key.removesuffix(".zip"), self.folder / key
        self._clear()
        if folder.is_dir() and package.is_file():
            os.utime(package)
            self._restore(key, package)
            return folder
        content = self._download(key)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        packages.remove(folder)
        packages.unpack(content, folder)
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as unfinished:
            unfinished.write(content)
        Path(unfinished.name).replace(package)
        return folder

    def _download(self, key: str) -> bytes:
        try:
            return self._read(_object(key))
        except ClientError as error:
            if error_code(error) not in _MISSING:
                raise
            raise AwsError(
                "InvalidZipFileException",
                f"The function's code is no longer in S3: s3://{BUCKET}/{key}. Please update the function's code.",
                502,
            ) from error

    def _restore(self, key: str, package: Path) -> None:
        try:
            self.s3.head_object(**_object(key))
        except ClientError as error:
            if error_code(error) in _MISSING:
                self._put(key, package.read_bytes())

    def _clear(self) -> None:
        """Drop what was not used for long. Only before this process runs anything from here."""
        if len(self._unpacked) > 1 or not self.folder.is_dir():
            return
        for package in self.folder.glob("*.zip"):
            if time.time() - package.stat().st_mtime > _KEEP:
                packages.remove(package.with_suffix(""))
                package.unlink(missing_ok=True)


def _object(key: str) -> dict[str, str]:
    return {"Bucket": BUCKET, "Key": key}


def _failed(task: "asyncio.Task[Path]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _decoded(text: str) -> bytes:
    try:
        package = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise AwsError("SerializationException", "zipFile must be of type blob: base64") from error
    if len(package) > ZIPPED:
        raise AwsError("RequestEntityTooLargeException", f"Zipped size must be smaller than {ZIPPED} bytes", 413)
    return package


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
