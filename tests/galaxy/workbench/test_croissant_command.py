import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galaxy.data.manifest import SPLITS, Manifest, galaxy_ids, write_manifest
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.workbench.croissant_command import describe_split
from tests.galaxy_files import write_galaxies

REQUIRED = {"@context", "@type", "conformsTo", "description", "license", "name", "url", "creator", "datePublished"}
"""Of a data set, by the table "Dataset-level information" of the specification of Croissant 1.0."""


def params_of(source: str) -> str:
    return f"download: {{source: {source}, sha256: null, rendered: {{count: 30, size: 16, seed: 0}}}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Six galaxies, their split and the names of their classes."""
    data = tmp_path / "data"
    data.mkdir()
    write_galaxies(data / "galaxies.h5", labels=[0, 0, 1, 1, 0, 1])
    rows = np.arange(6)
    split = np.array(["train", "train", "train", "validation", "test", "test"])
    place = np.array([np.nan, 1.0, 2.0, 3.0, 4.0, 5.0])
    ids = galaxy_ids(file_sha256(data / "galaxies.h5"), rows)
    write_manifest(data / "manifest.csv", Manifest(ids, rows, place, place, rows % 2, rows, split, ""))
    (data / "classes.json").write_text('["smooth", "ein größerer"]')
    (tmp_path / "params.yaml").write_text(params_of("mine.h5"))
    return tmp_path


def describe(root: Path, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": "mine",
        "url": "https://example.org/mine",
        "license_": "https://example.org/licence",
    }
    given |= {"creators": ["A. Person"], "overwrite": True, **changes}
    describe_split(root / "params.yaml", root / "data", root / "croissant.json", **given)
    found: dict[str, Any] = json.loads((root / "croissant.json").read_text(encoding="utf-8"))
    return found


def test_the_description_has_what_croissant_requires(root: Path) -> None:
    found = describe(root)
    assert found.keys() >= REQUIRED
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert "6 galaxies, 3 for train, 1 for validation, 2 for test" in found["description"]
    assert found["creator"] == [{"@type": "sc:Person", "name": "A. Person"}]
    for file in found["distribution"]:
        assert file["@type"] == "cr:FileObject"
        path = root / file["contentUrl"]  # relative to the description
        assert file["sha256"] == file_sha256(path)
        assert file["contentSize"] == f"{path.stat().st_size} B"
        assert file["encodingFormat"]
    fields = {field["@id"]: field for part in found["recordSet"] for field in part["field"]}
    header = (root / "data" / "manifest.csv").read_text().splitlines()[0].split(",")
    files = {file["@id"] for file in found["distribution"]}
    for name in header:
        source = fields[f"galaxies/{name}"]["source"]
        assert source["extract"] == {"column": name}
        assert source["fileObject"]["@id"] in files
    for field in fields.values():
        assert field["@type"] == "cr:Field"
        assert field["dataType"]
        assert field.get("references", {"field": {"@id": "splits/name"}})["field"]["@id"] in fields
    records = {part["@id"]: part for part in found["recordSet"]}
    assert [line["splits/name"] for line in records["splits"]["data"]] == list(SPLITS)
    assert [line["classes/name"] for line in records["classes"]["data"]] == ["smooth", "ein größerer"]
    for part in records.values():
        assert part["key"]["@id"] in fields


@pytest.mark.skipif(importlib.util.find_spec("mlcroissant") is None, reason="mlcroissant is not installed")
@pytest.mark.filterwarnings("ignore")
def test_mlcroissant_reads_the_galaxies(root: Path) -> None:
    import mlcroissant

    describe(root)
    data = mlcroissant.Dataset(str(root / "croissant.json"))
    found = list(data.records("galaxies"))
    assert [record["galaxies/split"].decode() for record in found] == ["train"] * 3 + ["validation"] + ["test"] * 2


def test_known_sources_need_nothing(root: Path) -> None:
    (root / "params.yaml").write_text(params_of("galaxy10"))
    found = describe(root, name=None, url=None, license_=None, creators=[])
    assert found["url"] == "https://zenodo.org/records/10845026"
    assert found["creator"] == [{"@type": "sc:Person", "name": name} for name in ("Henry Leung", "Jo Bovy")]


def test_the_authors_of_rendered_galaxies_are_an_organization_unless_persons_are_given(root: Path) -> None:
    (root / "params.yaml").write_text(params_of("rendered"))
    assert describe(root, creators=[])["creator"][0]["@type"] == "sc:Organization"
    assert describe(root)["creator"] == [{"@type": "sc:Person", "name": "A. Person"}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None, "creators": []}, "give --name, --creator"),
        ({"overwrite": False}, "exists already"),
    ],
)
def test_what_cannot_be_described_is_said(root: Path, change: dict[str, Any], message: str) -> None:
    (root / "croissant.json").write_text("before")
    with pytest.raises(InputError, match=message):
        describe(root, **change)
    assert (root / "croissant.json").read_text() == "before"


def test_a_manifest_of_other_galaxies_is_refused(root: Path) -> None:
    write_galaxies(root / "data" / "galaxies.h5", labels=[1, 0, 1, 1, 0, 1])
    with pytest.raises(InputError, match=r"manifest\.csv does not belong to .*galaxies\.h5; run dvc repro"):
        describe(root)


def test_a_folder_in_place_of_the_images_is_refused(root: Path) -> None:
    (root / "data" / "galaxies.h5").unlink()
    (root / "data" / "galaxies.h5").mkdir()
    with pytest.raises(InputError, match=r"galaxies\.h5 cannot be read \(Is a directory\); run dvc repro"):
        describe(root)


def test_parameters_without_a_source_are_refused_in_one_line(root: Path) -> None:
    for content, said in (("split: {}", "'download' is missing"), ("download: {}", "'download.source' is missing")):
        (root / "params.yaml").write_text(content)
        with pytest.raises(InputError, match=said):
            describe(root)
    assert not (root / "croissant.json").exists()
