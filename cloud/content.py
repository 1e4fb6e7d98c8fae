"""The files of a folder as objects of a website's bucket: their keys, types and cache headers.

What https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html calls system-defined metadata is decided
here, for whoever uploads a folder and for whoever shows it without uploading.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# What a file is must not depend on the machine: Windows, for one, lets other programs change what .js means.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
UNKNOWN = "application/octet-stream"
ASK_EACH_TIME = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
# A name that changes with its content: it has a part of eight or more hexadecimal digits, figures and letters.
_HASHED = re.compile(r"(?:^|[/.-])(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,64}(?:[/.]|$)")


@dataclass(frozen=True)
class File:
    """One file. key: its path below the folder, with "/"; modified: seconds since the epoch."""

    key: str
    path: Path
    size: int
    modified: float

    @property
    def media_type(self) -> str:
        """By the end of its name; S3's own default for what is unknown."""
        return MEDIA_TYPES.get(self.path.suffix.lower(), UNKNOWN)

    @property
    def cache_control(self) -> str:
        """A browser asks for a file each time (shortly, since it knows the ETag), unless its name is a hash."""
        return FOR_EVER if _HASHED.search(self.key) else ASK_EACH_TIME

    @property
    def version(self) -> tuple[int, float]:
        """Changes when the file is written."""
        return self.size, self.modified

    def read(self) -> bytes:
        """The content. OSError when it is gone meanwhile."""
        return self.path.read_bytes()


def files(folder: Path) -> Iterator[File]:
    """All files below a folder in the order of their keys, without hidden ones; symbolic links are not followed."""
    yield from _below(str(folder), "")


def _below(folder: str, prefix: str) -> Iterator[File]:
    """Several times a second for whole sites: with what the folders themselves say, and few objects."""
    try:
        with os.scandir(folder) as entries:
            shown = sorted((entry for entry in entries if entry.name[0] != "."), key=lambda entry: entry.name)
    except OSError:  # it was removed meanwhile
        return
    for entry in shown:
        if entry.is_file(follow_symlinks=False) and not entry.name.endswith("~"):
            with suppress(FileNotFoundError):  # an editor's passing file
                found = entry.stat(follow_symlinks=False)
                yield File(prefix + entry.name, Path(entry.path), found.st_size, found.st_mtime)
    for entry in shown:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, f"{prefix}{entry.name}/")


def etag(body: bytes) -> str:
    """S3's ETag of an object that was put in one piece, without its quotes."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
