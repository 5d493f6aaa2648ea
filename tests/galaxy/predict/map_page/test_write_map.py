import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.predict.map_page.write_map import write_map
from galaxy.predict.trained_row import TrainedRow, load_row
from tests.galaxy.predict.rows import CPU, NAMES, galaxies, make_row, write_hdf5, write_pictures


@pytest.fixture
def row(tmp_path: Path) -> TrainedRow:
    return load_row(make_row(tmp_path), device=CPU)


def content(page: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_the_page_holds_every_galaxy_and_needs_nothing_else(row: TrainedRow, tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "png", galaxies(20))
    paths[4].write_bytes(b"text")
    output = tmp_path / "map.html"
    found = write_map(row, [tmp_path / "png"], output, known={"split": {"003.png": "test"}}, clusters=3)
    assert (len(found.id), found.unreadable) == (19, 1)
    data = content(output)
    assert data["id"] == [path.name for path in paths if path != paths[4]]
    modes = {mode["name"]: mode for mode in data["modes"]}
    split = [modes["split"]["names"][value] for value in modes["split"]["values"]]
    assert split == ["unknown"] * 3 + ["test"] + ["unknown"] * 15
    probability = row.classify(np.delete(galaxies(20), 4, axis=0))[0]
    predicted = [modes["predicted"]["names"][value] for value in modes["predicted"]["values"]]
    assert predicted == [NAMES[best] for best in probability.argmax(axis=1)]
    np.testing.assert_allclose(modes["confidence"]["values"], probability.max(axis=1), atol=1e-4)
    assert modes["cluster"]["names"] == ["cluster 1", "cluster 2", "cluster 3"]
    page = output.read_text()
    assert not re.search(r'(src|href)="(?!data:)', page)
    first = output.read_bytes()
    write_map(row, [tmp_path / "png"], output, known={"split": {"003.png": "test"}}, clusters=3, overwrite=True)
    assert output.read_bytes() == first


def test_of_too_many_some_are_taken_evenly(row: TrainedRow, tmp_path: Path) -> None:
    write_hdf5(tmp_path / "many.h5", galaxies(50))
    found = write_map(row, [tmp_path / "many.h5"], tmp_path / "map.html", known={}, most=8)
    assert found.left_out == 42
    assert [int(name[-6:]) for name in found.id] == [0, 7, 14, 21, 28, 35, 42, 49]
    assert "8 of 50 galaxies" in (tmp_path / "map.html").read_text()


def test_a_column_of_classes_is_a_colouring(row: TrainedRow, tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "png", galaxies(4))
    kinds = ["E", "S", "", "E"]
    lines = "".join(f"{path},{kind}\n" for path, kind in zip(paths, kinds, strict=True))
    (tmp_path / "table.csv").write_text("path,kind\n" + lines)
    write_map(row, [tmp_path / "table.csv"], tmp_path / "map.html", known={}, class_column="kind", clusters=2)
    mode = content(tmp_path / "map.html")["modes"][0]
    assert mode == {"name": "kind", "kind": "names", "names": ["E", "S", "unknown"], "values": [0, 1, 2, 0]}
    with pytest.raises(InputError, match="no column 'klass'; the inputs have kind"):
        write_map(row, [tmp_path / "table.csv"], tmp_path / "new.html", known={}, class_column="klass")
    assert not (tmp_path / "new.html").exists()


def test_a_column_named_like_a_colouring_of_the_page_gets_a_suffix(row: TrainedRow, tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "png", galaxies(4))
    (tmp_path / "table.csv").write_text("path,predicted\n" + "".join(f"{path},unknown\n" for path in paths[:3]))
    with (tmp_path / "table.csv").open("a") as file:
        file.write(f"{paths[3]},\n")
    write_map(row, [tmp_path / "table.csv"], tmp_path / "map.html", known={}, class_column="predicted", clusters=2)
    first, *others = content(tmp_path / "map.html")["modes"]
    # A class may be called as the galaxies without one are.
    assert first == {"name": "predicted_in_table", "kind": "names", "names": ["unknown"], "values": [0, 0, 0, 0]}
    assert [mode["name"] for mode in others] == ["predicted", "confidence", "cluster"]


def test_a_column_of_too_many_values_is_refused(
    row: TrainedRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galaxy.predict.map_page.collection.MAX_CLASSES", 3)
    paths = write_pictures(tmp_path / "png", galaxies(4))
    (tmp_path / "t.csv").write_text("path,kind\n" + "".join(f"{path},{k}\n" for k, path in enumerate(paths)))
    with pytest.raises(InputError, match="column 'kind' has 4 different values or more, and at most 3 classes can be"):
        write_map(row, [tmp_path / "t.csv"], tmp_path / "map.html", known={}, class_column="kind", clusters=2)
    assert not (tmp_path / "map.html").exists()


def test_bad_calls_are_one_line(row: TrainedRow, tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "png", galaxies(2))
    for output, method, words in (
        (tmp_path / "map.htm", "pca", "map.htm does not end in .html"),
        (tmp_path / "map.html", "isomap", "allowed are pca and umap"),
        (tmp_path / "map.html", "pca", "a map needs at least 3"),
    ):
        with pytest.raises(InputError, match=words):
            write_map(row, paths, output, known={}, method=method)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "png"]
