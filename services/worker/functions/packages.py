"""Deployment packages: zip files, checked before they are kept and unpacked without trust in what they say.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import base64
import hashlib
import io
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cloud.errors import AwsError

UNPACKED = 250 * 1024 * 1024  # bytes, all files together
_ENTRIES = 100_000  # files; Lambda's own runtimes come with a tenth of that
_CHUNK = 1024 * 1024
_LEFT_OUT = frozenset({"__pycache__", ".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache"})
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


def sha256(package: bytes) -> str:
    """CodeSha256: the digest in base64."""
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def check(package: bytes) -> None:
    """InvalidParameterValueException unless this is a zip file that may be unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            _check(archive.infolist())
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise _invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from error


def unpack(package: bytes, folder: Path) -> None:
    """Unpack into a folder that does not exist yet; it appears complete or not at all.

    Files keep their permission to be executed, and cannot be written to. Folders can, unlike /var/task: otherwise only
    root could simply delete them.
    """
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    remove(unfinished)
    unfinished.mkdir(parents=True)
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            _check(archive.infolist())
            _extract(archive, unfinished)
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():  # another process was not faster either
            raise
    finally:
        remove(unfinished)


def pack(folder: Path) -> bytes:
    """A folder as a package: the same files make the same bytes."""
    package, size = io.BytesIO(), 0
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(_files(folder)):
            size += path.stat().st_size
            if size > UNPACKED:
                raise _too_large()
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), _EPOCH)
            entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return package.getvalue()


def remove(folder: Path) -> None:
    """Delete a folder of unpacked code; it may be gone already."""
    shutil.rmtree(folder, ignore_errors=True)


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > _ENTRIES or sum(entry.file_size for entry in entries) > UNPACKED:
        raise _too_large()
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
            raise _invalid(f"The zip file holds a path that leads out of it: {entry.filename}")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _invalid(f"The zip file holds a symbolic link, which is not unpacked here: {entry.filename}")
        if entry.flag_bits & 0x1:
            raise _invalid("Could not unzip uploaded file: it is encrypted.")


def _extract(archive: zipfile.ZipFile, folder: Path) -> None:
    left = UNPACKED
    for entry in archive.infolist():
        target = folder / entry.filename.replace("\\", "/")
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("wb") as file:
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:  # the sizes that the zip file declares were a lie
                    raise _too_large()
                file.write(chunk)
        target.chmod(0o555 if entry.external_attr >> 16 & 0o111 else 0o444)


def _files(folder: Path) -> Iterator[Path]:
    for below, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        yield from (Path(below) / name for name in files if (Path(below) / name).is_file())


def _too_large() -> AwsError:
    return _invalid(f"Unzipped size must be smaller than {UNPACKED} bytes")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
