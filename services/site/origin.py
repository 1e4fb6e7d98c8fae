"""Where the pages are: the bucket that labs/website declares, or the folder that is looked at instead."""

from pathlib import Path

from labs import declare
from labs.declare import Bucket
from services.site.bucket import BucketOrigin
from services.site.folder import FolderOrigin
from services.site.objects import Origin

WEBSITE = "website"


def origin(folder: Path | None) -> Origin:
    """The declared bucket's objects, or the folder's files as the bucket's website configuration would show them."""
    (bucket,) = declare.load(WEBSITE).of(Bucket)
    return FolderOrigin(folder, bucket.WebsiteConfiguration) if folder else BucketOrigin(bucket.BucketName)
