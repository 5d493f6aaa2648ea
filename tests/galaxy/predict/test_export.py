import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from galaxy.atomic import temporary_prefix
from galaxy.errors import InputError
from galaxy.predict.classify import classify_inputs
from galaxy.predict.export import export_row
from galaxy.predict.export_graph import ONNX_FILE, TORCH_FILE
from galaxy.predict.reference import reference_of
from galaxy.predict.trained_row import TrainedRow, load_row
from galaxy.predict.training_data import TrainingData, read_training_data
from galaxy.workbench.load import load
from tests.galaxy.predict.rows import CPU, NAMES, galaxies, make_reference, make_row, write_hdf5

DATA = TrainingData("rendered galaxies", 0.262, 64)
EVALUATION = {
    "manifest": "0" * 64,
    "metrics": {"accuracy": 0.6134, "roc_auc": None, "ece": 0.0889},
    "intervals": {"accuracy": [0.5636, 0.6658]},
    "seeds": [0, 1],
}


@pytest.fixture
def row(tmp_path: Path) -> TrainedRow:
    folder = make_row(tmp_path)
    make_reference(tmp_path, folder)
    return load_row(folder, device=CPU)


def test_an_exported_folder_stands_alone(row: TrainedRow, tmp_path: Path) -> None:
    reference = reference_of(row, predictions=tmp_path / "predictions" / "custom.npz", store=tmp_path / "store")
    images = galaxies(20, seed=3)
    output = tmp_path / "exported"
    differences = export_row(row, output, data=DATA, reference=reference, evaluation=EVALUATION, images=images)
    assert set(differences) == {ONNX_FILE, TORCH_FILE}
    assert max(differences.values()) < 1e-5

    expected = row.classify(images)[0]
    onnx.checker.check_model(output / ONNX_FILE)
    session = onnxruntime.InferenceSession(output / ONNX_FILE, providers=["CPUExecutionProvider"])
    assert [one.shape[0] for one in (*session.get_inputs(), *session.get_outputs())] == ["batch", "batch"]
    for count in (1, 7, 20):  # any batch size
        found = session.run(None, {"images": images[:count]})[0]
        np.testing.assert_allclose(found, expected[:count], atol=1e-4)

    # The folder in place of the row, elsewhere, gives the same table with its sets and distances.
    moved = tmp_path / "elsewhere" / "model"
    moved.parent.mkdir()
    output.rename(moved)
    np.testing.assert_array_equal(load(moved, device="cpu")(images).probability, load(row.folder, device="cpu")(images))
    write_hdf5(tmp_path / "new.h5", images)
    other = load_row(moved, device=CPU)
    classify_inputs(row, [tmp_path / "new.h5"], tmp_path / "a.csv", reference=reference)
    kept = reference_of(other, predictions=tmp_path / "none", store=tmp_path / "none")
    classify_inputs(other, [tmp_path / "new.h5"], tmp_path / "b.csv", reference=kept)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert read_training_data(moved) == DATA
    assert json.loads((moved / "config.json").read_text())["id2label"]["1"] == NAMES[1]
    card = (moved / "README.md").read_text()
    assert "ROC AUC" not in card  # undefined
    for words in ("license: mit", "Trained on rendered galaxies", "| accuracy | 0.613 | 0.564 to 0.666 |", "0" * 64):
        assert words in card


def test_existing_folders_are_kept(row: TrainedRow, tmp_path: Path) -> None:
    def export(output: Path, *, overwrite: bool) -> None:
        export_row(row, output, data=DATA, reference=None, evaluation=None, images=None, overwrite=overwrite)

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("text")
    (tmp_path / "file").write_text("text")
    for output in (tmp_path / "mine", tmp_path / "file"):
        with pytest.raises(InputError, match="exists and is not an exported row"):
            export(output, overwrite=True)
    for output in (row.folder, tmp_path):
        with pytest.raises(InputError, match="contains the row that is exported"):
            export(output, overwrite=True)
    with pytest.raises(InputError, match="/proc/new lies in a folder of the system; give a folder elsewhere"):
        export(Path("/proc/new"), overwrite=False)
    left = tmp_path / f"{temporary_prefix(tmp_path / 'new', 999_999_999)}killed.part"  # no process has this number
    left.mkdir()
    export(tmp_path / "new", overwrite=False)
    assert not left.exists()
    assert "Not evaluated here." in (tmp_path / "new" / "README.md").read_text()
    with pytest.raises(InputError, match="add --overwrite"):
        export(tmp_path / "new", overwrite=False)
    export(tmp_path / "new", overwrite=True)
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "text"


def test_a_full_disk_leaves_no_folder(row: TrainedRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", str(row.folder / "model.json"))

    monkeypatch.setattr("shutil.copyfile", fail)
    with pytest.raises(InputError, match=r"exported cannot be written \(No space left on device\)"):
        export_row(row, tmp_path / "exported", data=TrainingData(), reference=None, evaluation=None, images=None)
    assert not list(tmp_path.glob("*exported*"))
