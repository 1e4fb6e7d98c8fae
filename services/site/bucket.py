"""Pages from an S3 bucket: one ListObjectsV2 says what changed, and only that is fetched."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloud.clients import client
from cloud.content import UNKNOWN
from cloud.errors import Unavailable, error_code
from services.site.objects import Object, Snapshot, to_second

_AT_ONCE = 8
_GONE = ("NoSuchKey", "404")


class BucketOrigin:
    """The objects of one bucket."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket

    def read(self, last: Snapshot) -> Snapshot:
        """As Origin.read."""
        try:
            website = self._website()
            listed = self._list()
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch") as pool:
                found = pool.map(lambda one: self._object(one, last), listed)
                return Snapshot({one.key: one for one in found if one}, website)
        except ClientError as error:
            if error_code(error) in {"NoSuchBucket", "NoSuchWebsiteConfiguration"}:
                raise Unavailable(f"bucket {self.bucket} as a website: {error_code(error)}") from error
            raise Unavailable(f"bucket {self.bucket}: {error}") from error
        except BotoCoreError as error:
            raise Unavailable(f"S3: {error}") from error

    def _website(self) -> Mapping[str, Any]:
        answer = client("s3", retries=0).get_bucket_website(Bucket=self.bucket)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def _list(self) -> list[dict[str, Any]]:
        pages = client("s3", retries=0).get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [one for page in pages for one in page.get("Contents", ())]

    def _object(self, listed: Mapping[str, Any], last: Snapshot) -> Object | None:
        known = last.objects.get(listed["Key"])
        if known and known.version == (listed["ETag"], to_second(listed["LastModified"])):
            return known
        try:
            answer = client("s3", retries=0).get_object(Bucket=self.bucket, Key=listed["Key"])
        except ClientError as error:
            if error_code(error) in _GONE:  # deleted since it was listed
                return None
            raise
        return Object(
            key=listed["Key"],
            body=answer["Body"].read(),
            etag=answer["ETag"],
            modified=to_second(answer["LastModified"]),
            media_type=answer.get("ContentType", UNKNOWN),
            cache_control=answer.get("CacheControl", ""),
            redirect=answer.get("WebsiteRedirectLocation", ""),
            metadata=answer.get("Metadata", {}),
        )
