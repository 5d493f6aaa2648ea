"""Experiments, charts and remotes of DVC, on the tiny pipeline."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from galaxy.workbench.plots import VEGA_LITE, read_charts
from tests.tiny_clone import command, copy_clone, ran_stages, reproduce, set_params

pytestmark = pytest.mark.timeout(900)

TRAINED = {"vgg11-scratch", "vgg11-deep", "vgg11-shallow", "custom", "gcnn"}
CLUSTERED = {f"{name}-kmeans" for name in ("dino", "dino-lora", "random-init", "pixels")} | {"dino-best"}


def headline_at(folder: Path, revision: str) -> dict[str, dict[str, float]]:
    (ref,) = command("git", "for-each-ref", "--format=%(refname)", f"refs/exps/**/{revision}", cwd=folder).split()
    found: dict[str, dict[str, float]] = json.loads(command("git", "show", f"{ref}:metrics.json", cwd=folder))
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's use of SQLAlchemy
def test_runs_of_the_queue_are_in_the_store_of_the_repository(swept: Path) -> None:
    from mlflow import MlflowClient  # noqa: TID251 - reads what was tracked

    client = MlflowClient(f"sqlite:///{swept / 'mlflow.db'}")
    runs = client.search_runs([experiment.experiment_id for experiment in client.search_experiments()])
    found = {run.info.run_name: run for run in runs if "dvc_exp" in run.data.tags}
    assert found.keys() == {f"{row} {name}" for row in TRAINED for name in ("slow", "fast")}
    assert {run.data.params["train.lr"] for run in found.values()} == {"0.0001", "0.002"}
    assert all(run.info.status == "FINISHED" and "accuracy" in run.data.metrics for run in found.values())


@pytest.mark.parametrize("name", ["slow", "fast"])
def test_a_learning_rate_reaches_the_supervised_rows_alone(swept: Path, name: str) -> None:
    run = ran_stages(command("dvc", "queue", "logs", name, cwd=swept))
    of_rows = {f"{stage}@{row}" for stage in ("train", "evaluate") for row in TRAINED}
    assert run == {"inputs"} | of_rows | {"report", "checksums"}


def test_the_table_of_experiments_is_narrow_and_rounded(swept: Path) -> None:
    drop = re.search(r"dvc exp show (--only-changed) --drop '(.*)'", (swept / "Makefile").read_text())
    assert drop
    hidden = drop[2].replace("$$", "$")  # make's way to write a dollar sign
    assert re.match(hidden, "report.gallery") is None  # a setting, not a file
    table = command("dvc", "exp", "show", drop[1], "--drop", hidden, "--csv", cwd=swept)
    header, *lines = table.splitlines()
    columns = header.split(",")
    assert "train.lr" in columns
    assert "custom.accuracy" in {column.split(":")[-1] for column in columns}
    assert len(columns) <= 12
    assert {"slow", "fast"} <= {cell for line in lines for cell in line.split(",")}
    assert all(len(figure) <= 6 for figure in re.findall(r"\b0\.\d+", table))


def test_metrics_are_a_short_table_of_rows(swept: Path) -> None:
    difference = json.loads(command("dvc", "metrics", "diff", "main", "fast", "--json", cwd=swept))
    assert difference.keys() == {"metrics.json"}
    assert {key.split(".")[0] for key in difference["metrics.json"]} <= TRAINED
    assert any(key.endswith(".roc_auc") for key in difference["metrics.json"])
    header, *lines = command("dvc", "metrics", "show", cwd=swept).splitlines()
    figures = {f"{row}.{key}" for row in TRAINED | CLUSTERED for key in ("accuracy", "roc_auc")}
    assert set(header.split()) == {"Path"} | figures
    assert [line.split()[0] for line in lines] == ["metrics.json"]
    assert all(len(figure) <= 6 for line in lines for figure in line.split()[1:])


def test_an_experiment_is_applied_and_becomes_a_branch(swept: Path, tmp_path: Path) -> None:
    folder = copy_clone(swept, tmp_path / "clone")
    command("dvc", "exp", "apply", "fast", cwd=folder)
    assert json.loads((folder / "metrics.json").read_text()) == headline_at(folder, "fast")
    assert "lr: 0.002" in (folder / "params.yaml").read_text()
    assert reproduce(folder) == set()
    command("git", "checkout", "--quiet", "--force", "main", cwd=folder)
    command("dvc", "exp", "branch", "slow", "slower", cwd=folder)
    command("git", "checkout", "--quiet", "slower", cwd=folder)
    command("dvc", "checkout", "--force", cwd=folder)
    assert "lr: 0.0001" in (folder / "params.yaml").read_text()
    assert reproduce(folder) == set()


def test_an_experiment_in_a_temporary_copy_leaves_the_work_tree(reproduced: Path, tmp_path: Path) -> None:
    folder = copy_clone(reproduced, tmp_path / "clone")
    ran = ran_stages(command("dvc", "exp", "run", "--temp", "--name", "titled", "-S", "report.title=Other", cwd=folder))
    assert ran == {"inputs", "report"}
    assert command("git", "status", "--porcelain", cwd=folder) == ""
    assert "titled" in command("dvc", "exp", "list", "--name-only", cwd=folder)
    set_params(folder / "params.yaml", {"train.epochs": 1})
    assert reproduce(folder, "--dry", "train@custom") == {"inputs", "train@custom"}


def test_after_a_pull_nothing_is_left_to_do(reproduced: Path, tmp_path: Path) -> None:
    remote = ("dvc", "remote", "add", "--local", "--default", "store", str(tmp_path / "store"))
    sender = copy_clone(reproduced, tmp_path / "sender")
    command(*remote, cwd=sender)
    command("dvc", "push", cwd=sender)
    command("git", "clone", "--quiet", str(sender), str(tmp_path / "fresh"), cwd=tmp_path)
    fresh = tmp_path / "fresh"
    command(*remote, cwd=fresh)
    command("dvc", "pull", cwd=fresh)
    assert reproduce(fresh) == set()
    assert "up to date" in command("dvc", "status", cwd=fresh)
    assert command("git", "status", "--porcelain", cwd=fresh) == ""
    assert (fresh / "report" / "summary.md").read_bytes() == (reproduced / "report" / "summary.md").read_bytes()


def values(chart: dict[str, Any], column: str) -> set[str]:
    return {point[column] for point in chart["data"]["values"]}


@pytest.mark.parametrize("revisions", [(), ("fast",), ("slow", "fast")])
def test_charts_hold_all_rows_of_all_revisions(
    swept: Path, revisions: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(swept)
    charts = read_charts(revisions)
    assert list(charts) == ["Validation accuracy", "Validation loss", "Confusion", "Reliability"]
    expected = set(revisions) if len(revisions) == 2 else {"workspace", *revisions}
    for title, chart in charts.items():
        rows = TRAINED if title.startswith("Validation") else TRAINED | CLUSTERED
        assert values(chart, "row") == rows
        assert values(chart, "rev") == expected
        assert "<DVC_METRIC" not in json.dumps(chart)
        for version in ("5.8", VEGA_LITE) if len(revisions) == 2 else ():
            drawn = vl_convert.vegalite_to_svg(chart, vl_version=version)
            assert all(row in drawn for row in rows)
            assert "NaN" not in drawn
    confusion = charts["Confusion"]["data"]["values"]
    assert len(confusion) == len(expected) * len(TRAINED | CLUSTERED) * 100


def test_charts_that_are_not_there_are_named(
    swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from galaxy.errors import InputError

    monkeypatch.chdir(swept)
    with pytest.raises(InputError, match="unknown Git revision 'nosuch'"):
        read_charts(["nosuch"])
    command("git", "clone", "--quiet", str(swept), str(tmp_path / "empty"), cwd=tmp_path)
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(InputError, match="no charts of HEAD, workspace are in the cache here; run `dvc pull`"):
        read_charts(["HEAD"])
