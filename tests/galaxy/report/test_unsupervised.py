from typing import Any

from galaxy.report.published import PUBLISHED
from galaxy.report.quantities import MISSING
from galaxy.report.row_results import RowResults
from galaxy.report.unsupervised import EVERYTHING, TEST, lanes, unsupervised
from tests.galaxy.report.rows import make_clusters, make_row


def row(name: str, *, accuracy: float | None = 0.21, fitted_on: int = 1398, **source: Any) -> RowResults:
    null = {"mean": 0.12, "low": 0.1, "high": 0.14, "draws": 200}
    clusters = make_clusters(
        null=null,
        null_all=null | {"low": 0.09, "high": 0.12},
        also=[
            {"name": "gaussian-mixture", "accuracy": 0.2, "accuracy_all": 0.22, "null": null},
            {"name": "spectral", "accuracy": 0.13, "accuracy_all": 0.15, "null": null},
            {"name": "another", "accuracy": 0.13, "accuracy_all": 0.15, "null": null},
        ],
        source=source | {"fitted_on": fitted_on},
    )
    figures: dict[str, Any] = {
        "accuracy_all": 0.23,
        "knn_accuracy": 0.42,
        "linear_probe_accuracy": 0.4,
        "purity": 0.3,
        "components": 107.0,
        "explained_variance": 0.9501,
    }
    return make_row(name, accuracy=accuracy, interval=(0.19, 0.23), clusters=clusters, **figures)


def cells(found: dict[str, Any]) -> dict[str, list[str]]:
    return {line["name"]: line["cells"] for group in found["groups"] for line in group["lines"]}


def test_the_table_says_what_each_reading_makes_of_the_features() -> None:
    found = unsupervised(
        [make_row("custom"), row("dino-kmeans", weights="random weights"), row("new-kmeans", accuracy=0.11)], PUBLISHED
    )
    assert found is not None
    assert found["columns"] == ["dino", "new"]
    table = cells(found)
    assert table["Matched on training labels, test galaxies"] == ["21.0", "11.0"]
    assert table["Above shuffled clusters"] == ["yes", "no"]
    assert table["Share of the nearest neighbours' accuracy above chance"] == ["30", "0"]  # 0.09 of 0.30
    assert table["The report"] == ["16", MISSING]
    assert table["gaussian-mixture"] == ["20.0 / 22.0"] * 2
    assert table["spectral"] == ["13.0 / 15.0, as shuffled"] * 2
    assert table["Number of features and of components"] == ["1,536, 107"] * 2
    assert table["Silhouette"] == [MISSING] * 2
    assert table["Weights"] == ["random weights", "none"]
    assert "fitted on 1,398 training galaxies" in str(found["groups"])
    assert ">clusters</text>" in found["figure"]
    # What is matched and scored on all galaxies is compared with shuffles on all galaxies.
    by_name = {lane.name: lane for lane in lanes(row("dino-kmeans"))}
    assert by_name["clusters"].band == (0.1, 0.14)
    assert [mark.name for mark in by_name["clusters"].marks] == [f"{TEST}: 21.0%"]
    assert by_name["all galaxies"].band == (0.09, 0.12)
    assert [mark.name for mark in by_name["all galaxies"].marks] == [f"{EVERYTHING}: 23.0%"]
    for name in ("nearest neighbours", "gaussian-mixture", "another", "as in the report, on all"):
        assert any(name in item["name"] for item in found["legend"])
    assert not any("agglomerative" in item["name"] for item in found["legend"])
    assert "spectral: 13.0%" in found["figure"]


def test_a_collapsed_tuning_is_named_and_an_undefined_accuracy_left_out() -> None:
    change = {"cosine_distance": 0.0123, "relative_change": 0.4}
    rows = [row("dino-kmeans"), row("dino-lora-kmeans", accuracy=None, change=change, collapsed="one prototype")]
    found = unsupervised(rows, {})
    assert found is not None
    assert found["collapsed"] == ["one prototype"]
    assert "The report" not in cells(found)
    assert cells(found)["Change by fine-tuning"] == [MISSING, "0.012"]
    assert cells(found)["Matched on training labels, test galaxies"] == ["21.0", MISSING]


def test_without_clusters_there_is_no_section() -> None:
    assert unsupervised([make_row("custom")], PUBLISHED) is None
