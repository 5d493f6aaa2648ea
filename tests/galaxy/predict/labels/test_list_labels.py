import csv
import json
from pathlib import Path

import numpy as np
import pytest

from galaxy.data.manifest import read_manifest, write_manifest
from galaxy.data.store import IDS, IMAGES
from galaxy.errors import InputError
from galaxy.predictions import Predictions, save_predictions
from galaxy.workbench.labels_command import labels
from tests.galaxy.predict.labels.test_label_issues import manifest
from tests.galaxy.predict.rows import NAMES, galaxies, make_row


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The pipeline's files of 60 galaxies, two of which are the same with different labels."""
    folder = tmp_path / "data"
    make_row(folder)
    generator = np.random.default_rng(0)
    label = generator.integers(0, len(NAMES), 60)
    label[10], label[50] = 0, 1
    split = np.array(["train"] * 30 + ["validation"] * 10 + ["test"] * 20)
    table = manifest(label, split)
    write_manifest(folder / "manifest.csv", table)
    table = read_manifest(folder / "manifest.csv")
    images = galaxies(60)
    images[50] = images[10]
    (folder / "store").mkdir()
    np.save(folder / "store" / IMAGES, images)
    np.save(folder / "store" / IDS, table.id)
    (folder / "classes.json").write_text(json.dumps(NAMES))
    keep = split != "train"
    probability = (0.5 * np.eye(len(NAMES))[label[keep]] + 0.5 / len(NAMES)).astype(np.float32)
    save_predictions(
        folder / "predictions" / "custom.npz",
        Predictions(
            id=table.id[keep],
            split=split[keep],
            label=label[keep],
            seed=np.array([0]),
            probability=probability[None],
            classes=np.array(NAMES),
            manifest=table.sha256,
        ),
    )
    return folder


def test_the_table_and_the_sheet_hold_the_evidence(data: Path, tmp_path: Path) -> None:
    output, sheet = tmp_path / "labels.csv", tmp_path / "labels.html"
    lines = labels(data, output, sheet=sheet, rows=[], overwrite=False)
    assert lines[0].startswith("30 training galaxies compared with duplicates only")
    assert lines[1] == f"{output} and {sheet}: 2 labels in doubt"
    with output.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["id"][-2:], row["evidence"], row["duplicates"][-2:]) for row in rows} == {
        ("10", "duplicate", "50"),
        ("50", "duplicate", "10"),
    }
    assert {row["labels_of_duplicates"] for row in rows} == {NAMES[0], NAMES[1]}
    assert sheet.read_text().count("<img ") == 2


def test_files_of_another_split_and_files_that_were_read_are_refused(data: Path, tmp_path: Path) -> None:
    (data / "link.csv").symlink_to("manifest.csv")
    with pytest.raises(InputError, match="is an input of this command"):
        labels(data, data / "link.csv", sheet=None, rows=[], overwrite=True)
    write_manifest(data / "manifest.csv", manifest(np.zeros(3, dtype=np.int64), np.array(["train", "test", "test"])))
    with pytest.raises(InputError, match="belongs to another split"):
        labels(data, tmp_path / "out.csv", sheet=None, rows=[], overwrite=False)
    with pytest.raises(InputError, match="no predictions of a row 'other'; .*predictions has custom"):
        labels(data, tmp_path / "out.csv", sheet=None, rows=["other"], overwrite=False)
    assert not (tmp_path / "out.csv").exists()
