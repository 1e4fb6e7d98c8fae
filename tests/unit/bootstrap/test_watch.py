"""Watching: when it applies, what it says, what the heartbeat file tells."""

import os
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

import labs
from bootstrap import watch as watching
from bootstrap.engine import Failed
from bootstrap.resolve import Known
from bootstrap.watch import Watch
from labs import declare
from labs.declare import Lab


class Stage:
    """A watch with everything around it played: what is missing, what is silent, whether applying works."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.missing: list[str] = []
        self.silent: list[str] = []
        self.applied = 0
        self.by_hand = False
        self.failure: Exception | None = None
        self.said: list[str] = []
        self.ready = tmp_path / "home" / "bootstrap.ready"
        self.edited: list[str] = []
        engine = SimpleNamespace(
            kinds={},
            missing=lambda lab, known: self.missing,
            publish=self.publish,
            by_hand=lambda lab: self.by_hand,
        )
        monkeypatch.setattr(watching, "silent", lambda labs, kinds: self.silent)
        self.watch = Watch(lambda: ["alien_attack"], engine, self.apply, self.said.append, self.ready)  # type: ignore[arg-type]

    def publish(self, _lab: Lab, _known: Known) -> list[SimpleNamespace]:
        if self.failure:
            raise self.failure
        steps = [SimpleNamespace(resource=SimpleNamespace(logical_id=one)) for one in self.edited]
        self.edited = []
        return steps

    def apply(self, lab: Lab) -> Known:
        if self.failure:
            raise self.failure
        self.applied += 1
        self.missing = []
        return {}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The stage, before the first look."""
    return Stage(tmp_path, monkeypatch)


def test_the_first_look_applies_and_the_next_ones_only_look(stage: Stage) -> None:
    """The heartbeat file is there from the first on."""
    assert [stage.watch.look() for _ in range(3)] == [True, True, True]
    assert (stage.applied, stage.ready.exists(), stage.said) == (1, True, [])


def test_a_lab_that_somebody_builds_by_hand_is_left_alone_until_it_is_given_back(stage: Stage) -> None:
    """Neither at the first look nor when something is missing; then it is applied as if it had never been."""
    stage.by_hand, stage.missing = True, ["Stream Readings"]
    assert [stage.watch.look(), stage.watch.look()] == [True, True]
    assert (stage.applied, stage.ready.exists(), stage.said) == (0, True, [])

    stage.by_hand = False
    stage.watch.look()
    stage.by_hand = True
    stage.watch.look()
    stage.by_hand = False
    stage.watch.look()
    assert stage.applied == 2


def test_what_is_missing_is_said_and_applied_again(stage: Stage) -> None:
    """An emulator that came back empty is filled within one look."""
    stage.watch.look()
    stage.missing = ["Stream Input"]

    assert stage.watch.look()
    assert stage.applied == 2
    assert stage.said == ["alien-attack: Stream Input missing: applying again"]


def test_it_waits_for_what_does_not_answer_and_says_so_once(stage: Stage) -> None:
    """And applies when it does."""
    stage.silent = ["http://127.0.0.1:8001 (lambda)"]
    assert [stage.watch.look(), stage.watch.look()] == [False, False]
    assert stage.said == ["waiting for http://127.0.0.1:8001 (lambda)"]

    stage.silent = []

    assert stage.watch.look()
    assert stage.applied == 1


def test_the_heartbeat_goes_while_something_is_wrong(stage: Stage) -> None:
    """A health check sees it."""
    stage.watch.look()
    stage.silent = ["http://127.0.0.1:4566 (kinesis)"]
    stage.watch.look()

    assert not stage.ready.exists()


def test_an_apply_that_fails_is_said_once_and_tried_again(stage: Stage) -> None:
    """Whatever the error is; it does not end the watch."""
    stage.failure = Failed("Stream Input: no")
    assert [stage.watch.look(), stage.watch.look()] == [False, False]
    assert stage.said == ["Stream Input: no"]

    stage.failure = SyntaxError("a lab.py that is being edited")
    stage.watch.look()
    stage.failure = None

    assert stage.said[1:] == ["SyntaxError: a lab.py that is being edited"]
    assert stage.watch.look()


def test_stop_ends_it_at_once_and_takes_the_heartbeat_away(stage: Stage) -> None:
    """Stop is an event that is waited on."""
    stop = Event()
    looked = stage.watch.look

    def look_and_stop() -> bool:
        looked()
        stop.set()
        return True

    stage.watch.look = look_and_stop  # type: ignore[method-assign]
    stage.watch.run(stop)

    assert (stage.applied, stage.ready.exists()) == (1, False)


def test_edited_files_are_published_between_two_looks(stage: Stage) -> None:
    """Only of labs that are in being; what fails is said, and is tried again by the next look."""
    stage.edited = ["Content"]
    stage.watch.publish()
    assert stage.edited == ["Content"]

    stage.watch.look()
    stage.watch.publish()
    assert (stage.edited, stage.said) == ([], ["alien-attack: Content published again"])

    stage.failure = Failed("BucketDeployment Content: no")
    stage.watch.publish()
    assert stage.said[-1] == "BucketDeployment Content: no"
    assert not stage.ready.exists()


def only_lab(name: str, stage: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the only one, in a folder of its own."""
    monkeypatch.setattr(declare, "ROOT", folder)
    monkeypatch.setattr(labs, "__path__", [*labs.__path__, str(folder)])
    monkeypatch.setattr(stage.watch, "names", lambda: [name])


def test_a_lab_that_was_broken_from_the_start_is_read_once_it_is_mended(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was never imported, so there was nothing to read again: it stayed broken until bootstrap was restarted."""
    only_lab("sick", stage, tmp_path, monkeypatch)
    write_lab(tmp_path, "LAB = ", 1)
    assert not stage.watch.look()

    write_lab(tmp_path, 'from labs.declare import Lab\n\nLAB = Lab("sick", "a lab", ())\n', 2)

    assert stage.watch.look()
    assert stage.applied == 1


def test_a_lab_that_breaks_is_said_to_have_changed_once(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at five times a second until it is right again."""
    only_lab("ill", stage, tmp_path, monkeypatch)
    write_lab(tmp_path, 'from labs.declare import Lab\n\nLAB = Lab("ill", "a lab", ())\n', 1, "ill")
    assert stage.watch.look()

    write_lab(tmp_path, "LAB = ", 2, "ill")

    assert [stage.watch.look() for _ in range(3)] == [False, False, False]
    assert stage.said.count("ill/lab.py has changed") == 1


def test_a_broken_lab_holds_up_no_other(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one that cannot be read, before and behind it, nor one that cannot be applied; both are said."""
    monkeypatch.setattr(declare, "ROOT", tmp_path)
    monkeypatch.setattr(labs, "__path__", [*labs.__path__, str(tmp_path)])
    monkeypatch.setattr(stage.watch, "names", lambda: ["weak", "hale"])
    kept: list[str] = []

    def apply(lab: Lab) -> Known:
        if lab.about == "refused":
            raise Failed("Stream Input: no")
        kept.append(lab.name)
        return {}

    monkeypatch.setattr(stage.watch, "apply", apply)
    write_lab(tmp_path, "LAB = ", 1, "weak")
    write_lab(tmp_path, 'from labs.declare import Lab\n\nLAB = Lab("hale", "a lab", ())\n', 1, "hale")
    assert not stage.watch.look()
    assert kept == ["hale"]
    assert stage.watch.pause == watching.INTERVAL
    assert "SyntaxError" in stage.said[-1]
    assert not stage.ready.exists()

    write_lab(tmp_path, 'from labs.declare import Lab\n\nLAB = Lab("weak", "refused", ())\n', 2, "weak")
    stage.missing = ["Stream Input"]
    assert not stage.watch.look()
    assert (kept, stage.said[-1]) == (["hale", "hale"], "Stream Input: no")

    write_lab(tmp_path, 'from labs.declare import Lab\n\nLAB = Lab("weak", "a lab", ())\n', 3, "weak")
    stage.missing = []
    assert stage.watch.look()
    assert (kept, stage.ready.exists()) == (["hale", "hale", "weak"], True)


def write_lab(root: Path, text: str, second: int, name: str = "sick") -> None:
    """A lab's file, of this second."""
    file = root / name / "lab.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    os.utime(file, (second, second))
