import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pyarrow import parquet

from galaxy.errors import InputError
from galaxy.predict.options import Options
from galaxy.predict.similar.find_similar import find_similar
from galaxy.predict.trained_row import TrainedRow, load_row
from tests.galaxy.predict.rows import CPU, galaxies, make_row, write_hdf5, write_pictures


@pytest.fixture
def row(tmp_path: Path) -> TrainedRow:
    return load_row(make_row(tmp_path), device=CPU)


def test_a_galaxy_is_nearest_to_itself_and_the_rest_are_in_order(row: TrainedRow, tmp_path: Path) -> None:
    images = galaxies(90)
    write_hdf5(tmp_path / "many.h5", images)
    picture = write_pictures(tmp_path / "png", images[40:41])[0]
    output, sheet = tmp_path / "near.csv", tmp_path / "near.html"
    found = find_similar(row, [picture], [tmp_path / "many.h5"], output, sheet=sheet, count=5)
    assert (found.queries, found.compared, found.unreadable) == (1, 90, 0)
    with output.open(newline="") as file:
        lines = list(csv.DictReader(file))
    features = row.classify(images)[1].astype(np.float64)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    distance = 1 - features @ features[40]
    assert [int(line["id"][-6:]) for line in lines] == np.argsort(distance)[:5].tolist()
    np.testing.assert_allclose([float(line["distance"]) for line in lines], np.sort(distance)[:5], atol=1e-6)
    assert [line["rank"] for line in lines] == ["1", "2", "3", "4", "5"]
    page = sheet.read_text()
    assert page.count("<img ") == 6
    assert "http" not in page.replace("https://www.legacysurvey.org", "")


def test_with_symmetries_a_turned_galaxy_is_the_same(row: TrainedRow, tmp_path: Path) -> None:
    images = galaxies(30)
    write_hdf5(tmp_path / "many.h5", images)
    picture = write_pictures(tmp_path / "png", np.rot90(images[7], axes=(0, 1))[None])[0]
    distance = {}
    for symmetries in (False, True):
        output = tmp_path / f"{symmetries}.csv"
        find_similar(row, [picture], [tmp_path / "many.h5"], output, options=Options(symmetries=symmetries), count=30)
        with output.open(newline="") as file:
            distance[symmetries] = {int(line["id"][-6:]): float(line["distance"]) for line in csv.DictReader(file)}
    assert distance[True][7] == pytest.approx(0, abs=1e-6)
    assert min(distance[True], key=lambda number: distance[True][number]) == 7
    assert distance[False][7] > 1e-3


def test_columns_of_a_table_come_along_and_pictures_that_fail_are_counted(row: TrainedRow, tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "png", galaxies(4))
    paths[3].write_bytes(b"no picture")
    lines = "".join(f"{path},{number}\n" for number, path in enumerate(paths))
    (tmp_path / "table.csv").write_text("path,rank\n" + lines)
    output, sheet = tmp_path / "near.parquet", tmp_path / "near.png"
    found = find_similar(row, paths[:2], [tmp_path / "table.csv"], output, sheet=sheet, count=3)
    assert (found.queries, found.compared, found.unreadable) == (2, 3, 1)
    table = parquet.read_table(output).to_pydict()
    assert table["rank"] == [1, 2, 3] * 2
    assert sorted(table["rank_in_table"][:3]) == ["0", "1", "2"]
    assert table["rank_in_table"][0] == "0"
    with Image.open(sheet) as drawn:
        assert drawn.width > 1000


def test_what_cannot_be_used_is_refused_before_anything_is_written(row: TrainedRow, tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "png", galaxies(2))
    near = tmp_path / "near.csv"
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"text")
    for wanted, output, sheet, words in (
        ([broken], near, None, "give a picture that can be read"),
        (paths, near, tmp_path / "near.jpg", "near.jpg does not end in .html or .png"),
        (paths, tmp_path / "near.txt", None, "near.txt ends in none of .csv"),
        (paths, paths[0].with_suffix(".csv"), paths[1], "is an input of this command"),
    ):
        with pytest.raises(InputError, match=words):
            find_similar(row, wanted, [tmp_path / "png"], output, sheet=sheet, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.png", "models", "png"]
