"""The whole graph, tiny, in a fresh clone: everything is computed once, then only what a change reaches."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.closure import ROOT, closure, entry_point

SUPERVISED = ("vgg11-scratch", "vgg11-deep", "vgg11-shallow", "custom")
FEATURES = ("dino", "dino-lora", "random-init", "pixels")
CLUSTERED = tuple(f"{name}-kmeans" for name in FEATURES)

TINY: dict[str, Any] = {
    "download.rendered.count": 120,
    "download.rendered.size": 64,
    "split.size": 32,
    "split.crop": None,
    "train.epochs": 1,
    "dino.backbone": "vit_tiny_patch16_224",
    "embed.size": 32,
}


def command(*words: str, cwd: Path) -> str:
    """Run a command of this environment in `cwd` and return what it prints; fails with its output."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "MLFLOW_", "GIT_"))}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
    return done.stdout


def set_params(path: Path, values: dict[str, Any]) -> None:
    """Set dotted keys of params.yaml; a key that is not there yet is an error."""
    yaml = YAML()
    document = yaml.load(path)
    for key, value in values.items():
        *parents, last = key.split(".")
        section = document
        for part in parents:
            section = section[part]
        assert last in section, key
        section[last] = value
    yaml.dump(document, path)


def reproduce(clone: Path, *options: str) -> set[str]:
    """Names of the stages that `dvc repro` runs; with `--dry` those whose own deps or params changed."""
    return set(re.findall(r"Running stage '([^']+)'", command("dvc", "repro", *options, cwd=clone)))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This work tree as a repository of its own, reproduced with tiny parameters and committed."""
    folder = tmp_path_factory.mktemp("reproduction") / "clone"
    listed = command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():  # a deleted file stays listed until it is committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    set_params(folder / "params.yaml", TINY)
    command("git", "init", "--quiet", "--initial-branch=main", cwd=folder)
    command("dvc", "repro", cwd=folder)
    command("git", "add", "--all", cwd=folder)
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    command("git", *identity, "commit", "--quiet", "--message=Reproduced", cwd=folder)
    return folder


@pytest.fixture
def changed(clone: Path) -> Iterator[Path]:
    """The reproduced clone, whose tracked files are put back after the test."""
    yield clone
    command("git", "checkout", "--quiet", ".", cwd=clone)
    command("dvc", "checkout", "--quiet", "--force", cwd=clone)


@pytest.mark.timeout(900)
def test_every_row_has_its_metrics(clone: Path) -> None:
    for row in (*SUPERVISED, *CLUSTERED):
        metrics = json.loads((clone / "metrics" / f"{row}.json").read_text())
        for key in ("accuracy", "roc_auc", "balanced_accuracy", "macro_f1"):
            assert 0 <= metrics[key] <= 1, (row, key)
    for row in CLUSTERED:
        metrics = json.loads((clone / "metrics" / f"{row}.json").read_text())
        keys = {"accuracy_all", "ari", "nmi", "purity", "null_accuracy", "knn_accuracy", "linear_probe_accuracy"}
        assert keys <= metrics.keys()


def test_the_page_shows_every_row(clone: Path) -> None:
    page = (clone / "report" / "index.html").read_text()
    assert all(row in page for row in (*SUPERVISED, *CLUSTERED))


def test_the_page_tells_what_was_measured_here(clone: Path) -> None:
    page = (clone / "report" / "index.html").read_text()
    assert "<dt>Computing time</dt>" in page
    assert "Stages without a record" not in page
    body = (clone / "report" / "body.html").read_text()
    assert "Computing time" not in body
    command(sys.executable, "-m", "galaxy.cli", "page", cwd=clone)
    assert (clone / "report" / "index.html").read_text() == page
    # Elsewhere, after a pull: the same figures, without what was measured here.
    records = clone / ".state" / "runs"
    records.rename(records.with_name("aside"))
    try:
        command(sys.executable, "-m", "galaxy.cli", "page", cwd=clone)
    finally:
        records.with_name("aside").rename(records)
    elsewhere = (clone / "report" / "index.html").read_text()
    assert "were not recorded on this machine" in elsewhere
    assert all(row in elsewhere for row in (*SUPERVISED, *CLUSTERED))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's use of SQLAlchemy
def test_runs_are_tracked(clone: Path) -> None:
    from mlflow import MlflowClient  # noqa: TID251 - reads what was tracked

    client = MlflowClient(f"sqlite:///{clone / 'mlflow.db'}")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(experiments)
    assert {run.data.tags["row"] for run in runs} >= {*SUPERVISED, *CLUSTERED}
    assert all(run.info.status == "FINISHED" for run in runs)


def test_nothing_is_out_of_date(clone: Path) -> None:
    assert reproduce(clone) == set()
    assert "up to date" in command("dvc", "status", cwd=clone)


def test_a_learning_rate_reaches_the_supervised_rows_alone(changed: Path) -> None:
    set_params(changed / "params.yaml", {"train.lr": 1.0e-3})
    trained = {f"train@{row}" for row in SUPERVISED}
    assert reproduce(changed) == trained | {f"evaluate@{row}" for row in SUPERVISED} | {"report", "checksums"}


def test_one_models_entry_reaches_that_model_alone(changed: Path) -> None:
    yaml = YAML()
    document = yaml.load(changed / "params.yaml")
    document["models"]["custom"]["width"] = 16
    yaml.dump(document, changed / "params.yaml")
    assert reproduce(changed, "--dry") == {"train@custom", "report"}  # the page says what each row is


@pytest.mark.parametrize("module", ["galaxy/models/custom.py", "galaxy/classes.py", "galaxy/predictions.py"])
def test_a_module_reaches_exactly_the_stages_that_import_it(changed: Path, module: str) -> None:
    with (changed / module).open("a") as file:
        file.write("# changed\n")
    stages = YAML(typ="safe").load(changed / "dvc.yaml")["stages"]
    importing = {name for name, stage in stages.items() if module in closure(entry_point(stage["cmd"]))}
    # `dvc status` names the stages whose own deps changed; `--dry` would add what hangs on them.
    status = json.loads(command("dvc", "status", "--json", cwd=changed))
    touched = {
        name.split("@")[0]
        for name, reasons in status.items()
        if any(module in reason.get("changed deps", {}) for reason in reasons if isinstance(reason, dict))
    }
    assert touched == importing
