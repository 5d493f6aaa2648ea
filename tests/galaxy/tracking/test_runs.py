from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

from galaxy.tracking.runs import find_seeds


def test_all_seeds_of_a_row_are_found_however_many_there_are() -> None:
    parent = {"mlflow.parentRunId": "0"}
    seeds = [
        SimpleNamespace(data=SimpleNamespace(tags={"seed": str(n), **parent}), info=SimpleNamespace(run_id=f"run {n}"))
        for n in range(2000)
    ]

    def search_runs(ids: list[str], query: str, view: int, max_results: int, order: list[str]) -> list[Any]:
        assert (ids, query) == (["7"], "tags.`mlflow.parentRunId` = '0'")
        return seeds[:max_results]

    client = Mock(search_runs=search_runs)
    client.get_run.return_value.info.experiment_id = "7"
    assert find_seeds(client, "0") == {str(n): f"run {n}" for n in range(2000)}
