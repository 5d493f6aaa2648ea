import numpy as np
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest
from galaxy.predict.labels.duplicates import same_galaxies
from galaxy.predict.labels.label_issues import DUPLICATE, PREDICTION, contradictions, find_label_issues
from galaxy.predictions import Predictions

CLASSES = 3


def manifest(label: NDArray[np.int64], split: NDArray[np.str_]) -> Manifest:
    count = len(label)
    unknown = np.full(count, np.nan)
    ids = np.array([f"0123456789ab-{row:06d}" for row in range(count)])
    rows = np.arange(count)
    return Manifest(ids, rows, unknown.copy(), unknown.copy(), label, rows, split, "0" * 64)


def predictions(galaxies: Manifest, truth: NDArray[np.int64], sure: float) -> Predictions:
    """A row that is right with probability `sure`, on all galaxies but those for training."""
    keep = galaxies.split != "train"
    probability = (sure * np.eye(CLASSES)[truth[keep]] + (1 - sure) / CLASSES).astype(np.float32)
    return Predictions(
        id=galaxies.id[keep],
        split=galaxies.split[keep],
        label=galaxies.label[keep],
        seed=np.array([0]),
        probability=probability[None],
        classes=np.array(["a", "b", "c"]),
        manifest=galaxies.sha256,
    )


def test_finds_the_labels_that_were_changed() -> None:
    generator = np.random.default_rng(3)
    truth = generator.integers(0, CLASSES, 300)
    split = np.array(["train"] * 100 + ["validation"] * 100 + ["test"] * 100)
    wrong = np.array([5, 120, 250, 251])
    label = truth.copy()
    label[wrong] = (label[wrong] + 1) % CLASSES
    galaxies = manifest(label, split)
    rows = [predictions(galaxies, truth, sure) for sure in (0.7, 0.8)]
    found = find_label_issues(galaxies, rows, np.arange(300))
    assert sorted(one.position for one in found) == [120, 250, 251]  # 5 is a training galaxy: every row knows its label
    for one in found:
        assert one.evidence == (PREDICTION,)
        assert one.suggested == truth[one.position]
        assert one.probability_suggested is not None
        assert one.probability_label is not None
        assert one.probability_suggested > 0.7 > one.probability_label


def test_duplicates_with_other_labels_come_first_and_name_each_other() -> None:
    label = np.array([0, 1, 0, 0, 2, 1])
    galaxies = manifest(label, np.array(["train"] * 6))
    same = np.array([0, 0, 2, 2, 0, 5])
    found = find_label_issues(galaxies, [], same)
    assert {one.position: list(one.duplicates) for one in found} == {0: [1, 4], 1: [0, 4], 4: [0, 1]}
    assert all(one.evidence == (DUPLICATE,) for one in found)
    assert contradictions(label, np.arange(6)) == {}


def test_both_kinds_of_evidence_are_joined() -> None:
    truth = np.zeros(40, dtype=np.int64)
    truth[20:] = 1
    label = truth.copy()
    label[3] = 1
    galaxies = manifest(label, np.array(["test"] * 40))
    same = np.arange(40)
    same[7] = 3
    found = find_label_issues(galaxies, [predictions(galaxies, truth, 0.8)], same)
    assert [(one.position, one.evidence) for one in found] == [(3, (DUPLICATE, PREDICTION)), (7, (DUPLICATE,))]
    assert found[1].probability_label is not None
    assert found[1].probability_label > 0.8


def test_same_place_or_same_pixels_make_one_galaxy() -> None:
    images = np.random.default_rng(0).integers(0, 255, (5, 4, 4, 3), dtype=np.uint8)
    images[3] = images[0]
    galaxies = manifest(np.zeros(5, dtype=np.int64), np.array(["train"] * 5))
    galaxies.ra[:], galaxies.dec[:] = [10, 10.1, 10.1, 50, 60], [1, 2, 2, 3, 4]
    assert same_galaxies(galaxies, images).tolist() == [0, 1, 1, 0, 4]
