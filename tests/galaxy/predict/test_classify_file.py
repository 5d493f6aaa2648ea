import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from galaxy.errors import InputError
from galaxy.models.stored import Description, load_network, read_description, save_network, write_description
from galaxy.predict.classify_file import predict_file
from tests.galaxy.models.classifiers import ARCHITECTURES, CLASSES, DEVIATION, MEAN, SIZE, build

CPU = torch.device("cpu")


@pytest.fixture
def row(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "custom"
    files = {}
    for seed in (0, 1):
        classifier = build("custom")
        torch.manual_seed(seed)
        classifier.reinitialise()
        files[f"seed-{seed}.safetensors"] = save_network(folder, classifier, seed=seed)
    description = Description(
        row="custom",
        architecture=ARCHITECTURES["custom"],
        weights="random",
        classes=[f"class {number}" for number in range(CLASSES)],
        size=SIZE,
        crop=None,
        mean=MEAN,
        deviation=DEVIATION,
        manifest="0" * 64,
        files=files,
        parameters=1,
        trainable_parameters=1,
        multiply_adds=1,
    )
    write_description(folder, description)
    return folder


def write_images(path: Path, size: int, count: int = 70) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    images = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    with h5py.File(path, "w") as file:
        file["images"] = images
    return images


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(newline="") as file:
        header, *lines = csv.reader(file)
    return header, lines


def test_predictions_are_the_network_s(row: Path, tmp_path: Path) -> None:
    images = write_images(tmp_path / "new.h5", SIZE)
    assert predict_file(row, tmp_path / "new.h5", tmp_path / "new.csv", device=CPU, seed=1) == 70
    header, lines = read(tmp_path / "new.csv")
    assert header == ["id", "predicted", "class 0", "class 1", "class 2", "class 3"]
    with torch.no_grad():
        expected = torch.softmax(load_network(row, seed=1)[0](torch.from_numpy(images)), dim=1).numpy()
    np.testing.assert_allclose(np.array([line[2:] for line in lines], dtype=float), expected, atol=2e-6)
    assert [line[1] for line in lines] == [f"class {k}" for k in expected.argmax(1)]
    assert [line[0][-7:] for line in lines] == [f"-{number:06d}" for number in range(70)]


def test_several_trainings_are_averaged(row: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "new.h5", SIZE)
    tables = []
    for seed in (0, 1, None):
        predict_file(row, tmp_path / "new.h5", tmp_path / "new.csv", device=CPU, seed=seed, overwrite=True)
        tables.append(np.array([line[2:] for line in read(tmp_path / "new.csv")[1]], dtype=float))
    np.testing.assert_allclose(tables[2], (tables[0] + tables[1]) / 2, atol=2e-6)


def test_larger_images_are_averaged_down(row: Path, tmp_path: Path) -> None:
    small = write_images(tmp_path / "small.h5", SIZE)
    with h5py.File(tmp_path / "large.h5", "w") as file:
        file["images"] = small.repeat(2, axis=1).repeat(2, axis=2)
    for name in ("small", "large"):
        predict_file(row, tmp_path / f"{name}.h5", tmp_path / f"{name}.csv", device=CPU)
    small_lines, large_lines = (read(tmp_path / f"{name}.csv")[1] for name in ("small", "large"))
    assert [line[1:] for line in small_lines] == [line[1:] for line in large_lines]


@pytest.mark.parametrize(
    ("size", "arguments", "message"),
    [
        (SIZE - 2, {}, "the row was trained at 32 px"),
        (SIZE + 2, {"crop": 0}, "the crop 0 px; the row was trained at 32 px"),
        (SIZE + 2, {"crop": SIZE - 1}, "the row was trained at 32 px"),
        (SIZE, {"seed": 7}, "has no training with seed 7; it has 0, 1"),
    ],
)
def test_what_cannot_be_classified_is_refused(
    row: Path, tmp_path: Path, size: int, arguments: dict[str, Any], message: str
) -> None:
    write_images(tmp_path / "new.h5", size)
    with pytest.raises(InputError, match=message):
        predict_file(row, tmp_path / "new.h5", tmp_path / "new.csv", device=CPU, **arguments)
    assert not (tmp_path / "new.csv").exists()


def test_files_without_images_are_refused(row: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        predict_file(row, tmp_path / "absent.h5", tmp_path / "new.csv", device=CPU)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["pictures"] = np.zeros(3)
    with pytest.raises(InputError, match="images"):
        predict_file(row, tmp_path / "other.h5", tmp_path / "new.csv", device=CPU)
    with pytest.raises(InputError, match=r"model\.json cannot be read"):
        predict_file(tmp_path, tmp_path / "other.h5", tmp_path / "new.csv", device=CPU)


def test_the_crop_of_training_is_taken_unless_another_is_given(row: Path, tmp_path: Path) -> None:
    description = read_description(row)
    write_description(row, replace(description, crop=48))
    write_images(tmp_path / "images.h5", 96)
    texts = []
    for crop in (None, 48, 96):
        predict_file(row, tmp_path / "images.h5", tmp_path / "out.csv", device=CPU, crop=crop, overwrite=True)
        texts.append((tmp_path / "out.csv").read_text())
    assert texts[0] == texts[1] != texts[2]


def test_where_nothing_can_be_written_is_one_line(row: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "new.h5", SIZE)
    (tmp_path / "folder").mkdir()
    for output, message in ((tmp_path / "folder", "is a folder"), (tmp_path / "new.h5" / "new.csv", "Not a directory")):
        with pytest.raises(InputError, match=message):
            predict_file(row, tmp_path / "new.h5", output, device=CPU)


def test_no_file_that_is_read_is_written(row: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "new.h5", SIZE)
    (tmp_path / "link.csv").symlink_to("new.h5")
    files = [tmp_path / "new.h5", *row.iterdir()]
    before = [file.read_bytes() for file in files]
    for output in (*files, tmp_path / "link.csv"):
        with pytest.raises(InputError, match="is an input of this command"):
            predict_file(row, tmp_path / "new.h5", output, device=CPU, overwrite=True)
    assert [file.read_bytes() for file in files] == before


def test_the_table_goes_to_standard_output_on_demand(
    row: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_images(tmp_path / "new.h5", SIZE)
    predict_file(row, tmp_path / "new.h5", Path("-"), device=CPU)
    printed = capsys.readouterr().out
    predict_file(row, tmp_path / "new.h5", tmp_path / "new.csv", device=CPU)
    assert printed == (tmp_path / "new.csv").read_text()


def test_ids_and_positions_of_the_file_are_kept(row: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "new.h5", SIZE, count=3)
    with h5py.File(tmp_path / "new.h5", "a") as file:
        file["id"] = ["M 31", "M 33", "M 51"]
        file["ra"], file["dec"] = [10.684708, np.nan, 202.469575], [41.26875, np.nan, 47.1952583]
    predict_file(row, tmp_path / "new.h5", tmp_path / "new.csv", device=CPU)
    header, lines = read(tmp_path / "new.csv")
    assert header[-2:] == ["ra", "dec"]
    assert [line[0] for line in lines] == ["M 31", "M 33", "M 51"]
    assert [line[-2:] for line in lines] == [["10.684708", "41.26875"], ["", ""], ["202.469575", "47.1952583"]]


def test_a_description_of_other_types_is_refused(row: Path, tmp_path: Path) -> None:
    content = json.loads((row / "model.json").read_text())
    (row / "model.json").write_text(json.dumps(content | {"files": 5}))
    with pytest.raises(InputError, match=r"model\.json is no description of a model \(files is 5\)"):
        predict_file(row, tmp_path / "new.h5", tmp_path / "new.csv", device=CPU)


def test_grey_images_are_refused_where_weights_expect_colour(row: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "grey.h5", "w") as file:
        file["images"] = np.random.default_rng(0).integers(0, 256, (5, SIZE, SIZE, 1), np.uint8).repeat(3, axis=3)
    assert predict_file(row, tmp_path / "grey.h5", tmp_path / "new.csv", device=CPU) == 5
    (tmp_path / "new.csv").unlink()
    write_description(row, replace(read_description(row), weights="imagenet (SHA-256 0)"))
    with pytest.raises(InputError, match=r"grey\.h5: all images are grey, and the weights of custom expect colour"):
        predict_file(row, tmp_path / "grey.h5", tmp_path / "new.csv", device=CPU)
    assert not (tmp_path / "new.csv").exists()
