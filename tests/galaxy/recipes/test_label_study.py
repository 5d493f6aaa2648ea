from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from galaxy.errors import InputError
from galaxy.recipes.label_study import Fold, measure, take_share

LABEL = np.arange(90) % 3


def test_a_share_has_all_classes_in_their_proportion_and_lies_in_a_larger_one() -> None:
    rows = np.arange(10, 80)
    whole = take_share(LABEL, rows, 1.0, seed=0)
    np.testing.assert_array_equal(whole, rows)
    half, tenth = (take_share(LABEL, rows, share, seed=0) for share in (0.5, 0.1))
    assert set(tenth) < set(half) < set(rows)
    assert np.bincount(LABEL[half]).tolist() == [12, 12, 12]
    assert not np.array_equal(half, take_share(LABEL, rows, 0.5, seed=1))


def test_fewer_labels_than_classes_are_one_line() -> None:
    with pytest.raises(
        InputError,
        match=r"\A1 % of the 90 training galaxies is 1, less than one for each of the 3 classes; give "
        r"shares of 3\.4 % or more\Z",
    ):
        take_share(LABEL, np.arange(90), 0.01, seed=0)
    assert len(take_share(LABEL, np.arange(90), 0.034, seed=0)) == 3


@pytest.mark.parametrize(
    ("row", "rate"), [("custom-scratch", 1e-3), ("vgg-fractals-shallow", 1e-2), ("dino-probe", 1e-3)]
)
def test_a_row_learns_from_a_share_and_repeats_itself(row: str, rate: float) -> None:
    images = np.random.default_rng(0).integers(0, 60, (90, 32, 32, 3), dtype=np.uint8)
    for kind in range(3):
        images[kind == LABEL, :, :, kind] += 120
    fold = Fold(train=np.arange(60), validation=np.arange(60, 75), test=np.arange(75, 90))
    given: dict[str, Any] = {"rates": [rate], "seeds": [0, 1], "epochs": 10, "batch_size": 12, "classes": 3}
    given |= {"device": torch.device("cpu"), "share": 0.5}
    given["weights_folder"] = Path("weights")
    given["dino"] = {"name": "galaxy_vit_tiny_patch8_64", "weights": "random", "seed": 0}
    found = measure(row, images, LABEL, fold, features={}, **given)
    assert found["galaxies"] == 30
    assert [len(text) for text in found["right"]] == [15, 15]
    assert found["right"][0].count("1") > 10
    assert measure(row, images, LABEL, fold, features={}, **given) == found
