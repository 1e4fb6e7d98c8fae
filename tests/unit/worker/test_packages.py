"""Deployment packages: what is refused, and what unpacking leaves behind."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from cloud.errors import AwsError
from services.worker.functions import packages


def package(*entries: tuple[str, bytes, int]) -> bytes:
    """A zip file of (name, content, mode)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Could not unzip"),
        (b"PK\x03\x04 and nothing more", "Could not unzip"),
        (package(("../evil", b"x", 0o644)), "leads out of it"),
        (package(("a/../../evil", b"x", 0o644)), "leads out of it"),
        (package(("/etc/evil", b"x", 0o644)), "leads out of it"),
        (package(("..\\evil", b"x", 0o644)), "leads out of it"),
        (package(("link", b"/etc/passwd", stat.S_IFLNK | 0o777)), "symbolic link"),
    ],
)
def test_what_must_not_be_unpacked_is_refused(content: bytes, words: str) -> None:
    """Broken files, paths that lead out of the folder, symbolic links."""
    with pytest.raises(AwsError, match="InvalidParameterValueException") as refusal:
        packages.check(content)

    assert words in refusal.value.message


def test_a_bomb_is_refused_by_what_it_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    """250 MB unpacked, all files together, and not too many of them."""
    monkeypatch.setattr(packages, "UNPACKED", 1000)
    packages.check(package(("a", b"x" * 999, 0o644)))

    with pytest.raises(AwsError, match="Unzipped size must be smaller than 1000 bytes"):
        packages.check(package(("a", b"x" * 600, 0o644), ("b", b"x" * 600, 0o644)))


def test_a_bomb_that_lies_about_its_size_does_no_harm(tmp_path: Path) -> None:
    """What a file unpacks to beyond its declared size is not written, and nothing incomplete is left behind."""
    honest = package(("a", b"x" * 100_000, 0o644))
    lying = honest.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest

    with pytest.raises(zipfile.BadZipFile):
        packages.unpack(lying, tmp_path / "code")

    assert list(tmp_path.iterdir()) == []


def test_unpacked_files_are_complete_and_read_only(tmp_path: Path) -> None:
    """A bootstrap stays a program; unpacking again, as by another process, changes nothing; folders can be deleted."""
    content = package(("bootstrap", b"#!/bin/sh", 0o755), ("deep/er/app.py", b"x = 1", 0o644), ("empty/", b"", 0o755))
    for _ in range(2):
        packages.unpack(content, tmp_path / "code")

    code = tmp_path / "code"
    assert (code / "deep/er/app.py").read_bytes() == b"x = 1"
    assert stat.S_IMODE((code / "bootstrap").stat().st_mode) == 0o555
    assert stat.S_IMODE((code / "deep/er/app.py").stat().st_mode) == 0o444
    assert (code / "deep").stat().st_mode & stat.S_IWUSR
    assert (code / "empty").is_dir()

    packages.remove(code)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_packed_the_same_each_time(tmp_path: Path) -> None:
    """Whatever the files' times; without what Python and git leave behind."""
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"x")
    (tmp_path / "app.py").write_text("x = 1")
    first = packages.pack(tmp_path)
    (tmp_path / "app.py").touch()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"y")

    assert packages.pack(tmp_path) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == ["app.py"]
