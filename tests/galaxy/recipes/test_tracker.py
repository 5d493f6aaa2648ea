"""A recipe can report to MLflow or to nothing in the same words."""

import inspect
from pathlib import Path

import pytest

from galaxy.recipes.tracker import NoTracker, Tracker
from galaxy.tracking.track import Run

METHODS = [name for name, _ in inspect.getmembers(Tracker, inspect.isfunction) if not name.startswith("_")]


@pytest.mark.parametrize("kind", [NoTracker, Run])
def test_all_trackers_take_the_same_arguments(kind: type) -> None:
    assert len(METHODS) == 6
    for name in METHODS:
        expected, found = inspect.signature(getattr(Tracker, name)), inspect.signature(getattr(kind, name))
        assert list(found.parameters.values()) == list(expected.parameters.values()), name


def test_what_is_not_recorded_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tracker: Tracker = NoTracker()
    tracker.log({"loss": 1.0}, step=0, seed=1)
    tracker.summary({"accuracy": None})
    tracker.tags({"a": "b"})
    tracker.outputs([Path("absent")])  # not even read
    tracker.artifact(Path("absent"), folder="x")
    tracker.text("a.txt", "b")
    assert not list(tmp_path.iterdir())
