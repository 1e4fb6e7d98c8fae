"""The archive's vault: each reading once, however batches come again. A dictionary plays S3."""

import gzip
import io
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from labs.wild_rydes import vault

from .test_wild_rydes_rules import NOON, arriving


class Bucket:
    """S3's conditional writes, over a dictionary. crash: fails after so many writes."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.crash = -1

    def put_object(self, Key: str, Body: bytes, **more: Any) -> None:
        there = self.objects.get(Key)
        if (more.get("IfNoneMatch") == "*" and there) or ("IfMatch" in more and more["IfMatch"] != _tag(there)):
            raise _error("PreconditionFailed")
        if self.crash == 0:
            raise KeyboardInterrupt
        self.crash -= 1
        self.objects[Key] = (Body, more.get("Metadata", {}))

    def head_object(self, Key: str, **_: Any) -> dict[str, Any]:
        return {"Metadata": self.objects[Key][1]}

    def get_object(self, Key: str, **_: Any) -> dict[str, Any]:
        if Key not in self.objects:
            raise _error("NoSuchKey")
        return {"Body": io.BytesIO(self.objects[Key][0]), "ETag": _tag(self.objects[Key])}

    def kept(self) -> list[int]:
        """The numbers of all readings, as often as they are there."""
        bodies = [body for key, (body, _) in sorted(self.objects.items()) if key.startswith("raw/")]
        return sorted(
            int(line.split('"')[3]) for body in bodies for line in gzip.decompress(body).decode().splitlines()
        )


def _tag(found: tuple[bytes, dict[str, str]] | None) -> str:
    return found[0].decode("latin-1") if found else ""


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "any")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty one."""
    return opened(monkeypatch)


def opened(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    bucket = Bucket()
    monkeypatch.setattr(vault, "client", lambda _: bucket)
    monkeypatch.setenv("BUCKET_NAME", "any")
    return bucket


def batch(first: int, last: int) -> list[dict[str, Any]]:
    """Records from first to last, an hour's end between the tenth and the eleventh."""
    return [arriving(number, NOON - 10.5 + number) for number in range(first, last + 1)]


def test_a_batch_that_comes_again_is_kept_once(bucket: Bucket) -> None:
    """Whole, longer, or shorter."""
    assert vault.store(batch(1, 20)) == 20
    assert vault.store(batch(1, 20)) == 0
    assert vault.store(batch(1, 25)) == 5
    assert vault.store(batch(21, 23)) == 0

    assert bucket.kept() == list(range(1, 26))
    assert len([key for key in bucket.objects if "hour=11/" in key]) == 1


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(-1, 5)), min_size=1, max_size=12))
def test_nothing_is_lost_or_twice_whatever_crashes(tries: list[tuple[int, int]]) -> None:
    """A reader goes on behind its last whole batch; each try has a length of its own and may be cut off anywhere."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        bucket = opened(monkeypatch)
        done = 0
        for length, bucket.crash in tries:
            try:
                vault.store(batch(done + 1, done + length))
            except KeyboardInterrupt:
                continue
            done += length
        bucket.crash = -1
        vault.store(batch(done + 1, done + 30))

        assert bucket.kept() == list(range(1, done + 31))


def test_what_is_no_reading_stays_when_its_batch_comes_again_shorter(bucket: Bucket) -> None:
    """Five records of which the second and the last are none; then the first three alone, as to a second worker."""
    records = batch(1, 5)
    for number in (1, 4):
        records[number] = arriving(number + 1, NOON - 9.5 + number, b"none%d" % number)
    vault.store(records)
    bucket.objects = {key: it for key, it in bucket.objects.items() if not key.startswith("marks/")}  # not there yet
    vault.store(records[:3])

    bodies = [gzip.decompress(body) for key, (body, _) in bucket.objects.items() if key.startswith("unreadable/")]
    assert set(b"".join(bodies).splitlines()) == {b'{"Data": "bm9uZTE="}', b'{"Data": "bm9uZTQ="}'}
    assert bucket.kept() == [1, 3, 4]


def test_one_that_was_overtaken_writes_nothing_twice(bucket: Bucket) -> None:
    """Two workers hold the same records for a while, cut differently."""
    vault.store(batch(1, 15))  # the one that took over
    vault.store(batch(1, 20))  # the one that was overtaken
    vault.store(batch(16, 18))
    vault.store(batch(19, 30))  # begins in the middle of the other's object

    assert bucket.kept() == list(range(1, 31))
