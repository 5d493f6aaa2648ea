import hashlib
import sys
from pathlib import Path

import pytest

from galaxy.data.fetch import galaxy10
from galaxy.predict.training_data import UNKNOWN
from galaxy.workbench.find_training_data import GALAXY10, RENDERED, training_data


def clone(root: Path, *, source: str, prefix: str, md5: str | None = None) -> tuple[Path, str]:
    content = f"id,row,ra,dec,label,group,split\n{prefix}-000000,0,,,0,0,train\n".encode()
    (root / "data" / "models").mkdir(parents=True)
    (root / "data" / "manifest.csv").write_bytes(content)
    (root / "dvc.lock").write_text(
        "stages:\n  download:\n    params:\n      params.yaml:\n        download:\n"
        f"          source: {source}\n  split:\n    outs:\n    - path: data/manifest.csv\n"
        f"      md5: {md5 or hashlib.md5(content, usedforsecurity=False).hexdigest()}\n"
    )
    return root / "data" / "models" / "custom", hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("source", "expected"), [("rendered", RENDERED), ("survey.h5", "the galaxies of survey.h5"), ("galaxy10", GALAXY10)]
)
def test_the_lock_tells_where_the_galaxies_are_from(tmp_path: Path, source: str, expected: str) -> None:
    models, manifest = clone(tmp_path, source=source, prefix="0123456789ab")
    assert training_data(models, manifest=manifest).name == expected


def test_the_published_file_is_known_by_its_hash(tmp_path: Path) -> None:
    models, manifest = clone(tmp_path, source="mine.h5", prefix=galaxy10.SHA256[:12])
    assert training_data(models, manifest=manifest).name == GALAXY10


def test_what_is_not_known_is_not_guessed(tmp_path: Path) -> None:
    models, manifest = clone(tmp_path, source="rendered", prefix="0123456789ab", md5="0" * 32)
    assert training_data(models, manifest=manifest).name == "galaxies of a file whose SHA-256 begins with 0123456789ab"
    (tmp_path / "dvc.lock").unlink()
    assert training_data(models, manifest=manifest).name == "galaxies of a file whose SHA-256 begins with 0123456789ab"
    assert training_data(models, manifest="0" * 64).name == UNKNOWN
    assert training_data(tmp_path / "elsewhere" / "models" / "custom", manifest=manifest).name == UNKNOWN


def test_without_a_reader_of_the_lock_the_file_is_named_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, manifest = clone(tmp_path, source="rendered", prefix="0123456789ab")
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    assert training_data(models, manifest=manifest).name == "galaxies of a file whose SHA-256 begins with 0123456789ab"
