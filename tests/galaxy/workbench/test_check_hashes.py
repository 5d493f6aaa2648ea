from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from galaxy.data.manifest import Manifest, galaxy_ids, write_manifest
from galaxy.digest import file_sha256
from galaxy.workbench.check_hashes import hash_problems


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """The values of params.yaml that name a file and a manifest of it with four training galaxies."""
    source, manifest = tmp_path / "survey.h5", tmp_path / "given.csv"
    source.write_bytes(b"galaxies")
    rows = np.arange(6)
    columns = {"row": rows, "label": rows % 2, "group": rows, "ra": np.full(6, np.nan), "dec": np.full(6, np.nan)}
    split = np.array(["train"] * 4 + ["validation", "test"])
    write_manifest(manifest, Manifest(id=galaxy_ids(file_sha256(source), rows), split=split, sha256="", **columns))
    return {"source": str(source), "manifest": str(manifest), "sha256": None, "manifest_sha256": None}


def found(values: dict[str, Any]) -> tuple[list[str], int | None]:
    chosen = SimpleNamespace(**values)
    return hash_problems({"download": chosen, "split": chosen})


def test_files_that_belong_together_have_no_problem(files: dict[str, Any]) -> None:
    hashes = {"sha256": file_sha256(Path(files["source"])), "manifest_sha256": file_sha256(Path(files["manifest"]))}
    assert found(files) == found(files | hashes) == ([], 4)
    assert found(files | {"source": "rendered"}) == ([], 4)
    assert found(files | {"manifest": None}) == ([], None)


def test_other_hashes_than_expected_are_all_named(files: dict[str, Any]) -> None:
    first, second = found(files | {"sha256": "0" * 64, "manifest_sha256": "1" * 64})[0]
    assert f"survey.h5 has SHA-256 {file_sha256(Path(files['source']))}, but download.sha256 is {'0' * 64}" in first
    assert second.startswith("split.manifest: ")
    assert f"but {'1' * 64} is expected" in second


def test_the_manifest_of_another_file_is_named(files: dict[str, Any]) -> None:
    Path(files["source"]).write_bytes(b"other galaxies")
    (line,), training = found(files)
    assert training is None
    assert "describes the file with hash" in line
    assert line.endswith("give the manifest of this file, or null")
    (line,), _ = found(files | {"source": "galaxy10"})
    assert "has 19aefc477c41...; give the manifest of this file" in line


def test_a_file_that_is_no_manifest_is_named(files: dict[str, Any]) -> None:
    Path(files["manifest"]).write_bytes(b"\x89HDF\r\n\x1a\n\xff")
    (line,), training = found(files)
    assert training is None
    assert line.startswith("split.manifest: ")
    assert "is not CSV text in UTF-8" in line
