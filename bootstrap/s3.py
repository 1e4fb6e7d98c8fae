"""S3: buckets. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"""

import json
from typing import Any

from bootstrap.kind import Found, differences, unless_missing
from bootstrap.resolve import Attributes
from cloud.clients import DEFAULT_REGION, client
from labs.declare import Bucket

_NO_BUCKET = ("404", "NoSuchBucket", "NotFound")


class Buckets:
    """AWS::S3::Bucket. Deleting one deletes what is in it."""

    service = "s3"

    def find(self, bucket: Bucket) -> Found | None:
        if unless_missing(client("s3").head_bucket, *_NO_BUCKET, Bucket=bucket.BucketName) is None:
            return None
        return Found(_attributes(bucket), differences({"WebsiteConfiguration": _website(bucket)}, _actual(bucket)))

    def put(self, bucket: Bucket, found: Found | None) -> Attributes:
        if found is None:
            client("s3").create_bucket(Bucket=bucket.BucketName, **_where())
        if bucket.WebsiteConfiguration:
            client("s3").put_bucket_website(Bucket=bucket.BucketName, WebsiteConfiguration=_website(bucket))
        return _attributes(bucket)

    def delete(self, bucket: Bucket, _found: Found) -> None:
        pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket.BucketName)
        for page in pages:
            if keys := [{"Key": one["Key"]} for one in page.get("Contents", ())]:
                client("s3").delete_objects(Bucket=bucket.BucketName, Delete={"Objects": keys, "Quiet": True})
        client("s3").delete_bucket(Bucket=bucket.BucketName)


def _attributes(bucket: Bucket) -> Attributes:
    return {"Ref": bucket.BucketName, "Arn": f"arn:aws:s3:::{bucket.BucketName}"}


def _actual(bucket: Bucket) -> dict[str, Any]:
    if not bucket.WebsiteConfiguration:
        return {"WebsiteConfiguration": {}}
    answer = unless_missing(client("s3").get_bucket_website, "NoSuchWebsiteConfiguration", Bucket=bucket.BucketName)
    website = {name: value for name, value in (answer or {}).items() if name != "ResponseMetadata"}
    return {"WebsiteConfiguration": website}


def _website(bucket: Bucket) -> Any:
    """As boto3 gives it back: routing rules are a list there, and a tuple in what is declared."""
    return json.loads(json.dumps(bucket.WebsiteConfiguration))


def _where() -> dict[str, Any]:
    region = client("s3").meta.region_name
    # us-east-1 is the one region that S3 does not want to be told.
    return {} if region == DEFAULT_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
