import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from galaxy.errors import InputError
from galaxy.predict.loaded_row import Classified, Classify
from galaxy.predict.training_data import TrainingData, save_training_data
from galaxy.workbench.load import load
from tests.galaxy.models.classifiers import SIZE
from tests.galaxy.predict.rows import NAMES, galaxies, make_row, stored_predictions, write_hdf5, write_pictures
from tests.root import ROOT


@pytest.fixture
def classify(tmp_path: Path) -> Classify:
    make_row(tmp_path)
    return load("custom", models=tmp_path / "models", device="cpu")


def test_all_kinds_of_images_are_classified_alike(classify: Classify, tmp_path: Path) -> None:
    images = galaxies(70)
    expected = stored_predictions(classify.row.folder, images).astype(np.float64).mean(axis=0)
    paths = write_pictures(tmp_path / "png", images)
    write_hdf5(tmp_path / "all.h5", images)
    for given in (
        images,
        list(images),
        torch.from_numpy(images),
        [Image.fromarray(image) for image in images],
        paths,
        [str(path) for path in paths],
        tmp_path / "png",
        str(tmp_path / "all.h5"),
    ):
        found = classify(given)
        assert len(found) == 70
        np.testing.assert_allclose(found, expected, atol=1e-7)
        assert found.predicted == tuple(NAMES[best] for best in expected.argmax(axis=1))
    assert classify(paths[:2]).id == (str(paths[0]), str(paths[1]))


def test_one_image_is_enough_and_larger_ones_are_averaged(classify: Classify) -> None:
    image = galaxies(1)[0]
    expected = classify(image[None]).probability
    np.testing.assert_array_equal(classify(image).probability, expected)
    np.testing.assert_array_equal(classify(image.repeat(2, axis=0).repeat(2, axis=1)).probability, expected)
    assert classify([]).probability.shape == (0, len(NAMES))


@pytest.mark.parametrize("kind", ["16 bits", "transparent", "turned"])
def test_a_picture_gives_the_same_open_or_as_a_path(classify: Classify, tmp_path: Path, kind: str) -> None:
    image = Image.fromarray(galaxies(1)[0])
    path, exif = tmp_path / "one.png", Image.Exif()
    if kind == "16 bits":
        image = Image.fromarray(np.asarray(image)[:, :, 0].astype(np.uint16) * 257)
    elif kind == "transparent":
        image.putalpha(128)
    else:
        exif[0x0112] = 6  # a quarter turn
    image.save(path, exif=exif)
    with Image.open(path) as opened:
        np.testing.assert_array_equal(classify(opened).probability, classify(path).probability)


def test_the_pixel_scale_is_respected_as_in_the_command(tmp_path: Path) -> None:
    folder = make_row(tmp_path)
    save_training_data(folder, TrainingData("noise", 0.262, 64), size=SIZE, crop=None)
    fine = galaxies(1, size=128)[0]
    write_hdf5(tmp_path / "fine.h5", fine[None])
    with h5py.File(tmp_path / "fine.h5", "a") as file:
        file["pxscale"] = [0.131]
    classify = load(folder, device="cpu")
    expected = classify(fine, crop=128).probability
    np.testing.assert_array_equal(classify(fine, pixel_scale=0.131).probability, expected)
    np.testing.assert_array_equal(classify(tmp_path / "fine.h5").probability, expected)
    assert not np.array_equal(classify(fine, pixel_scale=0.262).probability, expected)
    with pytest.raises(InputError, match="pixel_scale is 0; give a positive number"):
        classify(fine, pixel_scale=0)


def test_a_table_of_astropy_on_request(classify: Classify) -> None:
    found = classify(galaxies(3))
    table = found.table()
    assert table.colnames == ["id", "predicted", *NAMES]
    np.testing.assert_array_equal(table[NAMES[1]], found.probability[:, 1])


def test_a_class_named_like_another_column_gets_a_suffix() -> None:
    table = Classified(np.array([[0.25, 0.75]]), classes=("id", "ring"), id=("m31.png",)).table()
    assert table.colnames == ["id", "predicted", "id_class", "ring"]
    assert list(table[0]) == ["m31.png", "ring", 0.25, 0.75]


def test_what_cannot_be_classified_is_refused(classify: Classify, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("text")
    for images, message in (
        (galaxies(1).astype(np.float32), r"image 0 has shape \(32, 32, 3\) and type float32; \(H, W, 3\) uint8"),
        (galaxies(1)[:, :, :, 0], r"image 0 has shape \(1, 32, 32\)"),
        (galaxies(1)[0, :, :, 0], r"image 0 has shape \(32, 32\)"),
        (None, "images is of the type NoneType; give images or paths, one or a sequence"),
        (Image.new("F", (32, 32)), "image 0: the pixels have 32 bits or a sign"),
        (galaxies(1, size=SIZE - 4), "image 0: the crop has 28 pixels on a side"),
        (tmp_path / "text.png", "not a JPEG, PNG or TIFF picture"),
        (tmp_path / "absent.png", "No such file"),
    ):
        with pytest.raises(InputError, match=message):
            classify(images)


def test_an_opened_picture_that_is_cut_off_is_refused(classify: Classify, tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)).save(tmp_path / "cut.png")
    content = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    with Image.open(tmp_path / "cut.png") as image, pytest.raises(InputError, match="image 0: its file cannot be read"):
        classify(image)


def test_rows_are_found_by_name_or_folder(classify: Classify, tmp_path: Path) -> None:
    assert load(tmp_path / "models" / "custom", device=torch.device("cpu")).classes == classify.classes
    for row, message in (
        ("other", "there is no trained row 'other'; .*models has custom; dvc repro trains the rows that params"),
        ("", "there is no trained row ''"),
        (tmp_path / "absent", "there is no trained row '.*absent'"),
        (tmp_path, r"is a folder without model\.json; give the name of a row, or the folder"),
        (
            tmp_path / "models" / "custom" / "model.json",
            r"model\.json is a file; give the name of a row, or the folder",
        ),
    ):
        with pytest.raises(InputError, match=message):
            load(row, models=tmp_path / "models")


def test_outside_of_a_repository_the_folder_of_a_row_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lists, in a clone of the repository; elsewhere give the folder of a trained"):
        load("custom", models=tmp_path / "data" / "models")


def test_nothing_but_the_core_is_imported(tmp_path: Path) -> None:
    make_row(tmp_path)
    script = f"""
import sys
import galaxy
assert "torch" not in sys.modules
from galaxy import load
import numpy as np
classify = load({str(tmp_path / "models" / "custom")!r}, device="cpu")
print(classify(np.zeros((40, 40, 3), np.uint8)).predicted[0])
core = {{"torch", "timm", "torchvision", "numpy", "PIL", "h5py", "safetensors", "tqdm"}}
for name in ("dvc", "mlflow", "matplotlib", "dask", "sklearn", "scipy", "pydantic", "ruamel", "requests", "astropy",
             "pyarrow", "pandas", "onnx", "jinja2", "typer"):
    assert name not in sys.modules, name
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("class ")
