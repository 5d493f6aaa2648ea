from typing import Any

import pytest

from galaxy.workbench.row_names import row_problems, suggestion


@pytest.mark.parametrize("row", ["custom", "vgg11-deep", "a", "B_2"])
def test_names_that_dvc_takes_are_no_problem(row: str) -> None:
    assert row_problems({"models": {row: {}}}) == []


@pytest.mark.parametrize(
    ("row", "called"),
    [("18", "row-18"), ("resnet18.a1_in1k", "resnet18-a1_in1k"), ("", "row"), (7, "row-7"), ("é", "row")],
)
def test_other_names_are_refused_with_one_that_is_taken(row: Any, called: str) -> None:
    (line,) = row_problems({"models": {row: {}}})
    assert line.startswith(f"models has {row!r}; ")
    assert f"call it {called!r}" in line
    assert suggestion(str(row)) == called
    assert row_problems({"models": {called: {}}}) == []


@pytest.mark.parametrize("row", ["audit", "dino-lora", "dino-best", "pixels-kmeans"])
def test_names_of_the_pipeline_s_own_files_are_refused(row: str) -> None:
    assert row_problems({"models": {row: {}}}) == [
        f"models has {row!r}, a name that the pipeline uses itself; choose another"
    ]


@pytest.mark.parametrize("params", [{}, {"models": None}, {"models": ["custom"]}])
def test_parameters_without_rows_are_left_to_the_sections(params: dict[str, Any]) -> None:
    assert row_problems(params) == []
