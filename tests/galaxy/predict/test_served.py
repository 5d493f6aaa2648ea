from pathlib import Path

import pytest

from galaxy.models.saved_network import DESCRIPTION
from galaxy.predict.served import class_columns, open_served
from tests.galaxy.predict.rows import NAMES, galaxies, make_row
from tests.galaxy.predict.serve.server import png


def test_classes_named_like_other_columns_have_columns_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GALAXY_DEVICE", "cpu")
    folder = make_row(tmp_path / "data")
    names = ["predicted", "reason", "confidence_class", "confidence", *NAMES][: len(NAMES)]
    text = (folder / DESCRIPTION).read_text(encoding="utf-8")
    for before, after in zip(NAMES, names, strict=True):
        text = text.replace(f'"{before}"', f'"{after}"')
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")
    found = open_served(folder)([png(galaxies(1)[0]), b"no picture"])
    assert list(found) == ["predicted", "confidence", *class_columns(names), "reason"]
    assert {len(values) for values in found.values()} == {2}
    assert sum(found[name][0] for name in class_columns(names)) == pytest.approx(1, abs=1e-5)  # type: ignore[misc]
    assert found["reason"] == ["", "not a JPEG, PNG or TIFF picture"]
    assert found["predicted"][0] in names
