from typing import Any

from galaxy.report.findings import write_findings
from galaxy.report.pair_tests import PairTest
from galaxy.report.published import PUBLISHED
from galaxy.report.row_results import RowResults
from tests.galaxy.report.rows import make_clusters, make_row


def row(name: str, accuracy: float | None, **metrics: Any) -> RowResults:
    interval = None if accuracy is None else (accuracy - 0.02, accuracy + 0.02)
    return make_row(name, accuracy=accuracy, interval=interval, **metrics)


def text(*rows: RowResults, pairs: tuple[PairTest, ...] = (), **options: Any) -> str:
    given: dict[str, Any] = {"test_galaxies": 400, "published": PUBLISHED}
    return "\n".join(write_findings(rows, pairs, **(given | options)))


def test_says_what_is_significant_and_what_is_not() -> None:
    rows = row("vgg11-scratch", 0.70), row("vgg11-deep", 0.72), row("custom", 0.80)
    pairs = (
        PairTest("vgg11-scratch", "vgg11-deep", 20, 28, 0.31),
        PairTest("vgg11-scratch", "custom", 10, 50, 0.0001),
        PairTest("vgg11-deep", "custom", 12, 44, 0.0002),
    )
    said = text(*rows, pairs=pairs)
    assert "custom has the highest accuracy of the supervised rows, 80.0 %" in said
    assert "significantly better than vgg11-scratch and vgg11-deep" in said
    assert "vgg11-deep is better than vgg11-scratch (74 % against 73 %); here the difference of 2.0 points" in said
    assert "custom is better than vgg11-deep (76 % against 74 %); here we see the same order, 8.0 points apart" in said
    assert "p < 0.001" in said


def test_contradicts_the_report_when_the_numbers_do() -> None:
    said = text(row("vgg11-deep", 0.9), row("custom", 0.5), pairs=(PairTest("vgg11-deep", "custom", 90, 10, 0.00001),))
    assert "here we see the opposite order, 40.0 points apart" in said


def test_clusters_against_chance() -> None:
    def clustered(name: str, accuracy: float) -> RowResults:
        return make_row(name, accuracy=accuracy, clusters=make_clusters(), knn_accuracy=0.5, linear_probe_accuracy=0.55)

    rows = clustered("dino-kmeans", 0.16), clustered("dino-lora-kmeans", 0.13)
    said = text(*rows, tuning=PairTest("dino-kmeans", "dino-lora-kmeans", 30, 18, 0.11))
    assert "The clusters of dino-kmeans (16.0 %, shuffled 11.0 to 14.0 %) are better than shuffled clusters." in said
    assert (
        "The clusters of dino-lora-kmeans (13.0 %, shuffled 11.0 to 14.0 %) are no better than shuffled clusters."
        in said
    )
    assert "are worse than shuffled clusters" in text(clustered("x", 0.01))
    assert "by -3.0 points on the same galaxies. The difference is not significant" in said
    # The intervals of these rows overlap, and yet the difference of the same galaxies is clear.
    said = text(*rows, tuning=PairTest("dino-kmeans", "dino-lora-kmeans", 12, 0, 0.0005))
    assert "The difference is significant (McNemar, pair of seeds with the largest p-value, p < 0.001)" in said


def test_undefined_rows_are_not_spoken_of() -> None:
    assert "custom" not in text(row("custom", None))
    assert "400 test galaxies an accuracy is known to about 4.9 points" in text()


def test_rows_without_their_pretrained_weights_test_nothing() -> None:
    rows = [row("vgg11-scratch", 0.7), row("vgg11-deep", 0.5)]
    pairs = (PairTest("vgg11-scratch", "vgg11-deep", 90, 10, 0.00001),)
    said = text(*rows, pairs=pairs, otherwise=["vgg11-deep"])
    assert "In the report" not in said
    assert "vgg11-deep does not start from ImageNet weights, so this run does not test the report's" in said


def test_dino_against_its_controls() -> None:
    def clustered(name: str, knn: float, probe: float | None = 0.55) -> RowResults:
        figures: dict[str, Any] = {"knn_accuracy": knn, "linear_probe_accuracy": probe}
        return make_row(name, accuracy=0.2, clusters=make_clusters(), **figures)

    dino, random, pixels = "dino-kmeans", "random-init-kmeans", "pixels-kmeans"
    rows = clustered(dino, 0.4), clustered(random, 0.399), clustered(pixels, 0.3995)
    level = [PairTest(dino, random, 20, 19, 1.0), PairTest(dino, pixels, 16, 15, 1.0)]
    said = text(*rows, controls=level)
    assert "40.0 % on the features of dino, 39.9 % on those of random-init and 40.0 % on those of pixels." in said
    assert (
        "400 test galaxies show no significant difference from those of random-init (p = 1.000) and those of pixels"
        in said
    )
    assert "predict classes better" not in said
    mixed = [PairTest(dino, random, 90, 20, 1e-6), PairTest(dino, pixels, 20, 90, 1e-6)]
    said = text(*rows, controls=mixed)
    assert "predict classes better than those of random-init (p < 0.001); DINO's features predict classes worse" in said
    said = text(*rows, controls=mixed, untrained=True)
    assert "DINO has random weights in this run, so it is an untrained control itself." in said
    assert "predict classes better" not in said


def test_undefined_calibration_is_not_spoken_of() -> None:
    assert "Confidence" not in text(row("custom", 0.7, ece=None))
    assert "Confidence and accuracy of custom" in text(row("custom", 0.7), row("vgg11-deep", 0.5, ece=None))


def test_single_trainings_are_said_to_be_that() -> None:
    once = "Each supervised row was trained once."
    assert once in text(row("custom", 0.7))
    three = make_row("custom", seeds=3)
    assert once not in text(three)


def test_other_data_is_not_compared_with_the_report() -> None:
    rows = row("vgg11-deep", 0.9), row("custom", 0.5)
    pairs = (PairTest("vgg11-deep", "custom", 90, 10, 0.00001),)
    assert "In the report" in text(*rows, pairs=pairs)
    assert "The report" not in text(*rows, pairs=pairs, published={})


def test_equivariance_is_a_finding_where_both_rows_are_there() -> None:
    rows = row("custom", 0.57), row("gcnn", 0.62)
    said = text(*rows, pairs=(PairTest("gcnn", "custom", 60, 40, 0.07),))
    assert "equivariant under flips and quarter turns (gcnn) changes the accuracy of custom by +5.0 points" in said
    assert "the difference is not significant (McNemar, p" in said
    assert "equivariant" not in text(rows[0])


def test_the_initialisation_is_a_finding_where_both_rows_are_there() -> None:
    rows = row("vgg11-scratch", 0.5), row("vgg11-scratch-kaiming", 0.7)
    said = text(*rows, pairs=(PairTest("vgg11-scratch", "vgg11-scratch-kaiming", 10, 90, 0.0001),))
    assert "changes the accuracy of vgg11-scratch by +20.0 points; the difference is significant (McNemar, p" in said
    assert "torchvision" not in text(rows[0])
