import sys
from pathlib import Path

import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.features.umap_reduction import fit_umap

X = np.random.default_rng(0).normal(size=(60, 8)) * np.arange(1, 9) + 3


def test_umap_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galaxy.features.umap_reduction.find_spec", lambda _: None)
    with pytest.raises(InputError, match="umap-learn, which is not installed; install it, or take the reduction"):
        fit_umap(X, components=2, neighbours=5, seed=0)


@pytest.mark.parametrize("code", ["import a_package_that_is_absent", "__version__ = '0.1.1'"])
def test_a_package_that_is_broken_or_another_one_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    (tmp_path / "umap.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "umap", raising=False)
    with pytest.raises(
        InputError, match=r"\Athe package umap-learn cannot be imported \(.*\); install umap-learn again"
    ):
        fit_umap(X, components=2, neighbours=5, seed=0)
