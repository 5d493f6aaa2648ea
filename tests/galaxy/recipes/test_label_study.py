from typing import Any

import numpy as np
import pytest
import torch

from galaxy.errors import InputError
from galaxy.recipes.label_rows import build_network, features_of_views, random_views
from galaxy.recipes.label_study import Fold, measure, take_share
from galaxy.recipes.label_summary import study_findings, summarise

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
        InputError, match=r"\A1 % of the 90 training galaxies is 1, less than one for each of the 3 classes"
    ):
        take_share(LABEL, np.arange(90), 0.01, seed=0)


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
    given["dino"] = {"name": "galaxy_vit_tiny_patch8_64", "weights": "random", "seed": 0}
    found = measure(row, images, LABEL, fold, features={}, **given)
    assert found["galaxies"] == 30
    assert [len(text) for text in found["right"]] == [15, 15]
    assert found["right"][0].count("1") > 10
    assert measure(row, images, LABEL, fold, features={}, **given) == found


def test_the_features_of_a_frozen_part_are_those_of_flipped_and_turned_pictures() -> None:
    images = np.random.default_rng(0).integers(0, 255, (5, 32, 32, 3), dtype=np.uint8)
    device = torch.device("cpu")
    network = build_network("vgg-fractals-shallow", images, np.arange(5), classes=3, seed=0)
    features = features_of_views(network, images, device, chunk=4)
    turned = np.ascontiguousarray(np.rot90(images, axes=(1, 2))[:, :, ::-1])
    np.testing.assert_allclose(features[5], features_of_views(network, turned, device, chunk=4)[0], atol=1e-5)
    assert np.abs(features[5] - features[0]).max() > 0.01
    drawn = random_views(features, np.array([3, 1]), device, seed=0)(torch.tensor([1] * 50))
    assert {int(np.abs(features[:, 1] - one).sum((1,)).argmin()) for one in drawn.numpy()} == set(range(8))


def record(row: str, share: float, *right: str, fold: int = 0) -> dict[str, Any]:
    return {"row": row, "share": share, "rate": 0.001, "right": list(right), "fold": fold}


def test_accuracies_and_intervals_are_over_galaxies_of_all_folds() -> None:
    records = [record("a", 0.1, "1100", "1000"), record("a", 0.1, "1111", "1111", fold=1)]
    (line,) = summarise(records)
    per_galaxy = np.array([1, 0.5, 0, 0, 1, 1, 1, 1])
    assert line["accuracy"] == pytest.approx(per_galaxy.mean(), abs=1e-5)
    assert line["half"] == pytest.approx(1.96 * per_galaxy.std(ddof=1) / 8**0.5, abs=1e-5)
    assert line["test_galaxies"] == 8


def test_findings_compare_the_best_of_each_group_on_the_same_galaxies() -> None:
    records = [
        record("scratch", 0.1, "10000000000000000000"),
        record("other", 0.1, "11111111111111111110"),
        record("poor", 0.1, "0" * 20),
        record("scratch", 1.0, "11111111110000000000"),
        record("other", 1.0, "11111111100000000001"),
    ]
    first, last = study_findings(records, scratch=["scratch"])
    assert first.startswith("With 10 % of the labels the best pretrained row, other (95.0%), is better than the best")
    assert "scratch (5.0%): +90.0 +-" in first
    assert "is not clearly apart from" in last
