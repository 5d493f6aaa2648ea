import math

from galaxy.report.findings import write_findings
from galaxy.report.results import PairTest, RowResult


def row(name: str, accuracy: float, **changes: float) -> RowResult:
    return RowResult(name, accuracy, (accuracy - 0.02, accuracy + 0.02), changes.get("ece", 0.1))


def text(*rows: RowResult, pairs: tuple[PairTest, ...] = ()) -> str:
    return "\n".join(write_findings(rows, pairs, test_galaxies=400))


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
    assert (
        "vgg11-deep above vgg11-scratch (74 % against 73 %); here the difference of 2.0 points is not significant"
        in said
    )
    assert "custom above vgg11-deep (76 % against 74 %); here we see the same order, 8.0 points apart" in said
    assert "p < 0.001" in said


def test_contradicts_the_report_when_the_numbers_do() -> None:
    said = text(row("vgg11-deep", 0.9), row("custom", 0.5), pairs=(PairTest("vgg11-deep", "custom", 90, 10, 0.00001),))
    assert "here we see the opposite order, 40.0 points apart" in said


def test_clusters_against_chance() -> None:
    def clustered(name: str, accuracy: float) -> RowResult:
        bounds = {"knn": 0.5, "probe": 0.55, "null_low": 0.11, "null_high": 0.14}
        return RowResult(name, accuracy, (accuracy - 0.02, accuracy + 0.02), 0.1, bounds)

    said = text(clustered("dino-kmeans", 0.16), clustered("dino-lora-kmeans", 0.13))
    assert "dino-kmeans gets 16.0 %, above what shuffled clusters reach (11.0 % to 14.0 %)" in said
    assert "dino-lora-kmeans gets 13.0 %, no better than shuffled clusters" in said
    assert "by -3.0 points; their intervals overlap" in said


def test_undefined_rows_are_not_spoken_of() -> None:
    assert "custom" not in text(row("custom", math.nan))
    assert "400 test galaxies a single accuracy is known to about 4.9 points" in text()


def test_rows_without_their_pretrained_weights_test_nothing() -> None:
    rows = [row("vgg11-scratch", 0.7), row("vgg11-deep", 0.5)]
    pairs = [PairTest("vgg11-scratch", "vgg11-deep", 90, 10, 0.00001)]
    said = "\n".join(write_findings(rows, pairs, test_galaxies=400, untransferred=["vgg11-deep"]))
    assert "The report finds" not in said
    assert "vgg11-deep starts from random weights: the report's figures for transfer are not tested." in said


def test_dino_against_its_controls() -> None:
    def clustered(name: str, knn: float) -> RowResult:
        bounds = {"knn": knn, "probe": 0.55, "null_low": 0.11, "null_high": 0.14}
        return RowResult(name, 0.2, None, 0.1, bounds)

    controls = clustered("random-init-kmeans", 0.31), clustered("pixels-kmeans", 0.42)
    better = text(clustered("dino-kmeans", 0.5), *controls)
    assert "Nearest neighbours read 50.0 % off dino, 31.0 % off random-init and 42.0 % off pixels" in better
    assert "dino's features know more than either control" in better
    assert "dino's features know no more than the best control" in text(clustered("dino-kmeans", 0.4), *controls)


def test_single_trainings_are_said_to_be_that() -> None:
    once = "were trained once: a significant difference is one between these networks"
    assert once in text(row("custom", 0.7))
    three = RowResult("custom", 0.7, None, 0.1, trainings=3)
    assert once not in text(three)
