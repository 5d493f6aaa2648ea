from typing import Any

from galaxy.report.best_row import axis_columns, best_row
from galaxy.report.findings_clusters import cluster_findings
from galaxy.report.unsupervised import unsupervised
from tests.galaxy.report.rows import make_clusters, make_row


def scores(accuracy: float, **more: Any) -> dict[str, Any]:
    return {"accuracy": accuracy, "ari": 0.1, "nmi": 0.2, "ami": 0.15, **more}


def axes(**leading: float) -> dict[str, Any]:
    r2 = {name: {"leading": [value, 0.1], "all": value / 2} for name, value in leading.items()}
    return {"share": [0.6, 0.2], "r2": r2 | {"all but the class": {"leading": [0.8, 0.2], "all": 0.5}}}


STUDY: dict[str, Any] = {
    "steps": [scores(0.2, step="k-means"), scores(0.31, step="size"), scores(0.3, step="heads on neighbours")],
    "curve": [scores(0.3, clusters=10.0, null_accuracy=0.12), scores(0.4, clusters=30.0, null_accuracy=0.13)],
    "rejection": [{"rejected": 0.0, "accuracy": 0.3}, {"rejected": 0.5, "accuracy": 0.4}],
    "axes": {
        "dino": axes(**{"size": 0.3, "colour": 0.7, "class": 0.4}),
        "dino-best": axes(**{"size": 0.1, "class": 0.5}),
    },
}
ROWS = [
    make_row("dino-kmeans", accuracy=0.2, clusters=make_clusters()),
    make_row("dino-best", accuracy=0.3, clusters=make_clusters(study=STUDY)),
]


def test_each_step_stands_with_what_it_adds() -> None:
    found = best_row(ROWS)
    assert found is not None
    assert [step["accuracy"] for step in found["steps"]] == [0.2, 0.31, 0.3]
    assert [step["gain"] if step["gain"] is None else round(step["gain"], 3) for step in found["steps"]] == [
        None,
        0.11,
        -0.01,
    ]
    assert "number of clusters" in found["curve"]["svg"]
    assert [item["name"] for item in found["curve"]["legend"]][-1] == "accuracy of shuffled clusters"
    assert {"name": "size", "cells": [0.3, 0.1, 0.15, 0.1, 0.1, 0.05]} in found["axes"]
    assert [column["name"] for column in axis_columns(ROWS)] == ["dino", "dino-best"]
    story = unsupervised(ROWS, {})
    assert story is not None
    assert story["columns"] == ["dino", "dino-best"]


def test_findings_name_the_gain_and_what_the_first_component_follows() -> None:
    said = " ".join(cluster_findings(ROWS, controls=[], tuning=None, untrained=False, test_galaxies=400))
    assert "dino-best reaches 30.0 % on the test galaxies, dino-kmeans 20.0 %" in said
    assert (
        "the largest gain is +11.0 points, from this one: the row's own features of one view, cut to the galaxy's size"
        in said
    )
    assert "has 60.0 % of their variance and follows colour (R² 0.70) more than the class (R² 0.40)" in said


def test_without_the_row_there_is_nothing() -> None:
    assert best_row(ROWS[:1]) is None
    assert axis_columns(ROWS[:1]) == []
    assert "dino-best" not in " ".join(
        cluster_findings(ROWS[:1], controls=[], tuning=None, untrained=False, test_galaxies=400)
    )
