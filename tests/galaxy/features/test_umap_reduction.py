import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.features.umap_reduction import fit_umap

X = np.random.default_rng(0).normal(size=(60, 8)) * np.arange(1, 9) + 3


def test_umap_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galaxy.features.umap_reduction.find_spec", lambda _: None)
    with pytest.raises(InputError, match="umap-learn, which is not installed; install it, or take the reduction"):
        fit_umap(X, components=2, neighbours=5, seed=0)
