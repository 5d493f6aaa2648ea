import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from galaxy.data.manifest import Manifest, galaxy_ids, read_manifest, write_manifest
from galaxy.data.store import IDS, IMAGES
from galaxy.errors import InputError
from galaxy.models.saved_network import read_description, write_description
from galaxy.workbench.report_map import matching_map, remove_other_map, write_report_map
from tests.galaxy.predict.rows import NAMES, galaxies, make_row

COUNT = 12


def page_of(letter: str) -> str:
    return f'<html><meta name="digest" content="{letter * 64}"></html>'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A page, a trained row, and twelve galaxies of which seven are for testing."""
    data = tmp_path / "data"
    folder = make_row(data)
    rows = np.arange(COUNT)
    split = np.array(["test"] * 7 + ["train"] * 5)
    label, place = rows % len(NAMES), np.where(rows, rows / 10, np.nan)
    write_manifest(
        data / "manifest.csv",
        Manifest(galaxy_ids("a" * 64, rows), rows, place, place, label, rows, split, ""),
    )
    written = read_manifest(data / "manifest.csv")
    write_description(folder, replace(read_description(folder), manifest=written.sha256))
    (data / "store").mkdir()
    np.save(data / "store" / IMAGES, galaxies(COUNT))
    np.save(data / "store" / IDS, written.id)
    (data / "classes.json").write_text(json.dumps(NAMES))
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "custom.json").write_text('{"accuracy": 0.5}')
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "index.html").write_text(page_of("a"))
    return tmp_path


def draw(root: Path) -> str | None:
    return write_report_map(root / "report", root / "data", root / "metrics")


def test_the_map_holds_the_test_galaxies_and_is_drawn_once_for_a_page(root: Path) -> None:
    assert draw(root) is None
    path = root / "report" / "map.html"
    data = json.loads(re.findall(r'<script type="application/json" id="data">(.*?)</script>', path.read_text())[0])
    assert data["id"] == [f"{'a' * 12}-{row:06d}" for row in range(7)]
    assert data["ra"][0] is None
    assert data["dec"][:2] == [None, 0.1]
    assert [mode["name"] for mode in data["modes"]] == ["class", "predicted", "confidence", "cluster"]
    assert data["modes"][0]["names"] == NAMES
    assert matching_map(root / "report", page_of("a")) == "map.html"
    drawn = path.stat().st_mtime_ns
    assert draw(root) is None
    assert path.stat().st_mtime_ns == drawn


def test_the_map_of_another_page_is_not_linked_and_goes_away(root: Path) -> None:
    draw(root)
    assert matching_map(root / "report", page_of("b")) is None
    remove_other_map(root / "report", page_of("a"))
    assert (root / "report" / "map.html").is_file()
    remove_other_map(root / "report", page_of("b"))
    assert not (root / "report" / "map.html").exists()
    (root / "report" / "map.html").write_text("a person's own file")
    remove_other_map(root / "report", page_of("b"))
    assert (root / "report" / "map.html").is_file()


def test_a_link_in_the_place_of_the_map_is_refused_with_what_helps(root: Path) -> None:
    path, page = root / "report" / "map.html", page_of("a")
    path.symlink_to("index.html")
    with pytest.raises(
        InputError, match=r"map\.html is an input of this command .*; remove it, and this command draws"
    ):
        draw(root)
    assert (root / "report" / "index.html").read_text() == page
    path.unlink()
    assert draw(root) is None
    assert matching_map(root / "report", page) == "map.html"


def test_what_is_missing_for_a_map_is_said(root: Path) -> None:
    (root / "data" / "store").rename(root / "data" / "aside")
    assert "lacks the trained rows or their galaxies" in str(draw(root))
    (root / "data" / "aside").rename(root / "data" / "store")
    (root / "data" / "manifest.csv").write_text((root / "data" / "manifest.csv").read_text().replace(",0.3,", ",0.35,"))
    assert "belongs to another split" in str(draw(root))
    (root / "report" / "index.html").unlink()
    assert "is not the page of a run" in str(draw(root))
    assert not (root / "report" / "map.html").exists()
