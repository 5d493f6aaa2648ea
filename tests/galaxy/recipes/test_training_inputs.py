from pathlib import Path

import pytest

from galaxy.recipes import supervised, training_inputs
from tests.stages.tiny import ENTRIES, outs, train_tiny, write_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder)
    return folder


def test_images_are_not_touched_where_features_are_kept(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "remove_features", lambda *_: None)  # as where the first run was killed
    train_tiny(tiny, tmp_path, ENTRIES["shallow"], epochs=1)
    before = outs(tmp_path)
    monkeypatch.setattr(training_inputs, "array_source", None)
    train_tiny(tiny, tmp_path, ENTRIES["shallow"], epochs=1)
    assert outs(tmp_path) == before
