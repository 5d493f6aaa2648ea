from typing import Any

import pytest

from galaxy.workbench.row_names import row_problems, suggestion


@pytest.mark.parametrize("row", ["custom", "vgg11-deep", "a", "B_2"])
def test_names_that_dvc_takes_are_no_problem(row: str) -> None:
    assert row_problems({"models": {row: {}}}) == []


@pytest.mark.parametrize(
    ("row", "called"),
    [
        ("18", "row-18"),
        (18, "row-18"),
        (True, "row-True"),
        (None, "row-None"),
        ("", "row"),
        ("é", "row"),
        ("resnet18.a1_in1k", "resnet18-a1_in1k"),
        ("dino lora", "dino-lora-2"),
        ("a b", "a-b-2"),
        ("my kmeans", "my-kmeans-2"),
        (f"{'x' * 300}.y", "x" * 50),
    ],
)
def test_other_names_are_refused_with_one_that_is_free(row: Any, called: str) -> None:
    (line,) = row_problems({"models": {row: {}, "a-b": {}}})
    assert line == (
        f"models has {row!r}; a row is named by a letter, then letters, digits, - and _: call it {called!r}"
    )
    assert suggestion(row, ["a-b"]) == called
    assert row_problems({"models": {called: {}, "a-b": {}}}) == []


def test_a_model_s_own_name_stays() -> None:
    (line,) = row_problems({"models": {"resnet18.a1": {"kind": "timm", "name": "resnet18.a1"}}})
    assert line.endswith("call it 'resnet18-a1', the model itself stays in `name`")


@pytest.mark.parametrize("row", ["audit", "dino-lora", "dino-best", "pixels-kmeans"])
def test_names_of_the_pipeline_s_own_files_are_refused(row: str) -> None:
    assert row_problems({"models": {row: {}}}) == [
        f"models has {row!r}, a name that the pipeline uses itself; choose another"
    ]


@pytest.mark.parametrize("params", [{}, {"models": None}, {"models": ["custom"]}])
def test_parameters_without_rows_are_left_to_the_sections(params: dict[str, Any]) -> None:
    assert row_problems(params) == []
