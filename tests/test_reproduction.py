"""The whole graph, tiny, in a fresh clone: everything is computed once, then only what a change reaches."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from safetensors.torch import save_file

from galaxy.models.dino_backbone import create_backbone
from galaxy.workbench.closure import closure
from tests.root import entry_point
from tests.tiny_clone import clean_environment, command, copy_clone, reproduce

SUPERVISED = ("vgg11-scratch", "vgg11-deep", "vgg11-shallow", "custom", "gcnn")
FEATURES = ("dino", "dino-lora", "random-init", "pixels")
CLUSTERED = tuple(f"{name}-kmeans" for name in FEATURES)


@pytest.fixture(scope="session")
def clone(reproduced: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of its own, because other files of tests copy theirs at the same time."""
    return copy_clone(reproduced, tmp_path_factory.mktemp("reproduction") / "clone")


@pytest.fixture
def changed(clone: Path) -> Iterator[Path]:
    """The reproduced clone, whose tracked files are put back after the test; no test changes another out."""
    yield clone
    command("git", "checkout", "--quiet", ".", cwd=clone)


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
    machine = (clone / "report" / "machine.js").read_text()
    assert '"Computing time"' in machine
    assert "not recorded" not in machine
    assert "Computing time" not in page.split("<script")[0]
    said = command(sys.executable, "-m", "galaxy.cli", "page", cwd=clone)
    assert "has the highest accuracy of the supervised rows" in said
    assert said.splitlines()[-1] == f"The page: {(clone / 'report' / 'index.html').resolve().as_uri()}"
    assert '"map": null' in machine
    assert (clone / "report" / "machine.js").read_text() == machine.replace('"map": null', '"map": "map.html"')
    # Elsewhere, after a pull: the same figures, without what was measured here.
    records = clone / ".state" / "runs"
    records.rename(records.with_name("aside"))
    try:
        command(sys.executable, "-m", "galaxy.cli", "page", cwd=clone)
    finally:
        records.with_name("aside").rename(records)
    assert "were not recorded here" in (clone / "report" / "machine.js").read_text()
    assert (clone / "report" / "index.html").read_text() == page


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's use of SQLAlchemy
def test_runs_are_tracked(clone: Path) -> None:
    from mlflow import MlflowClient  # noqa: TID251 - reads what was tracked

    client = MlflowClient(f"sqlite:///{clone / 'mlflow.db'}")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(experiments)
    assert {run.data.tags["row"] for run in runs} >= {*SUPERVISED, *CLUSTERED}
    assert all(run.info.status == "FINISHED" for run in runs)


def test_each_out_is_on_the_disk_once(reproduced: Path) -> None:
    lock = YAML(typ="safe").load(reproduced / "dvc.lock")
    outs = [reproduced / out["path"] for stage in lock["stages"].values() for out in stage.get("outs", [])]
    kept = [out for out in outs if out.is_relative_to(reproduced / "data")]
    files = [path for out in kept for path in ([out] if out.is_file() else out.rglob("*")) if path.is_file()]
    assert reproduced / "data" / "store" / "images.npy" in files
    # Files as large as a block of the disk; DVC does not link empty ones.
    copies = [path for path in files if path.stat().st_size >= 4096 and path.stat().st_nlink == 1]
    assert not [path for path in copies if not path.is_symlink()]


def test_nothing_is_out_of_date(clone: Path) -> None:
    assert reproduce(clone) == set()
    assert "up to date" in command("dvc", "status", cwd=clone)


def test_one_models_entry_reaches_that_model_alone(changed: Path) -> None:
    yaml = YAML()
    document = yaml.load(changed / "params.yaml")
    document["models"]["custom"]["width"] = 16
    yaml.dump(document, changed / "params.yaml")
    # metrics/custom.json says what the weights have seen, and the page what each row is.
    assert reproduce(changed, "--dry") == {"inputs", "train@custom", "evaluate@custom", "report"}


@pytest.mark.parametrize(
    "module", ["galaxy/models/custom.py", "galaxy/errors.py", "galaxy/report/page.html", "galaxy/tracking/track.py"]
)
def test_a_module_reaches_exactly_the_stages_that_import_it(changed: Path, module: str) -> None:
    with (changed / module).open("a") as file:
        file.write("\n" if module.endswith(".html") else "# changed\n")
    stages = YAML(typ="safe").load(changed / "dvc.yaml")["stages"]
    importing = {name for name, stage in stages.items() if module in closure(entry_point(stage["cmd"]), changed)} - {
        "code"
    }
    assert reproduce(changed, "code") == {"code"}
    # `dvc status` names the stages whose own deps changed; `--dry` would add what hangs on them.
    status = json.loads(command("dvc", "status", "--json", cwd=changed))
    touched = {
        name.split("@")[0]
        for name, reasons in status.items()
        if any(
            "code/" in dep for reason in reasons if isinstance(reason, dict) for dep in reason.get("changed deps", {})
        )
    }
    assert touched == importing
    listed = command("git", "diff", "--name-only", "code", cwd=changed).split()
    assert bool(listed) == bool(importing)


def test_without_a_change_nothing_takes_long(clone: Path) -> None:
    command("dvc", "repro", cwd=clone)
    started = time.perf_counter()
    command("dvc", "repro", cwd=clone)
    assert time.perf_counter() - started < 20  # two seconds on a quiet machine


@pytest.fixture(scope="module")
def named(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose params.yaml names a file for every input, all stages taken for up to date without running them."""
    folder = copy_clone(clone, tmp_path_factory.mktemp("named") / "clone")
    for source, name in (
        ("data/galaxies.h5", "mine.h5"),
        ("data/manifest.csv", "given.csv"),
        ("data/models/custom/seed-0.safetensors", "custom.safetensors"),
    ):
        shutil.copyfile(folder / source, folder / name)
    yaml = YAML()
    document = yaml.load(folder / "params.yaml")
    network = create_backbone(document["dino"]["backbone"], seed=0)
    save_file(network.state_dict(), folder / "dino.safetensors")
    document["models"]["custom"]["weights"] = "custom.safetensors"
    document["dino"]["weights"] = "dino.safetensors"
    document["download"]["source"], document["split"]["manifest"] = "mine.h5", "given.csv"
    yaml.dump(document, folder / "params.yaml")
    assert reproduce(folder, "inputs") == {"inputs"}
    command("dvc", "commit", "--force", cwd=folder)
    return folder


READERS = {
    "mine.h5": {"download"},
    "given.csv": {"split"},
    "custom.safetensors": {"train@custom"},
    "dino.safetensors": {"dino-finetune-lora", "embed@dino", "embed-tuned", "dino-best"},
}
"""The stages that read a file named in params.yaml."""


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_byte_of_an_input_reaches_exactly_the_stages_that_read_it(named: Path, share: float) -> None:
    def changed_deps() -> dict[str, set[str]]:
        """Names of the input files that changed, by the stage that then runs again."""
        found = json.loads(command("dvc", "status", "--json", cwd=named))
        return {
            stage: {(named / dep).resolve().name for reason in reasons for dep in reason["changed deps"]}
            for stage, reasons in found.items()
        }

    assert changed_deps() == {}
    contents = {name: (named / name).read_bytes() for name in READERS}
    for name, content in contents.items():
        place = round(share * (len(content) - 1))
        (named / name).write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    assert changed_deps() == {stage: {name} for name, stages in READERS.items() for stage in stages}
    for name, content in contents.items():
        (named / name).write_bytes(content)
    assert changed_deps() == {}


@pytest.mark.parametrize(
    ("key", "path", "stage"),
    [
        ("download.source", "data/galaxies.h5", "download"),
        ("split.manifest", "data/manifest.csv", "split"),
        ("models.custom.weights", "data/models/custom/seed-0.safetensors", "train@custom"),
        ("dino.weights", "data/dino-lora/adapter.safetensors", "dino-finetune-lora"),
    ],
)
def test_a_file_where_a_stage_writes_is_refused_and_kept(changed: Path, key: str, path: str, stage: str) -> None:
    def files() -> dict[Path, bytes]:
        return {file: file.read_bytes() for file in (changed / "data").rglob("*") if file.is_file()}

    before = files()
    assert changed / path in before
    document = YAML().load(changed / "params.yaml")
    *parents, last = key.split(".")
    section = document
    for part in parents:
        section = section[part]
    section[last] = path
    YAML().dump(document, changed / "params.yaml")
    for options in ([], ["--single-item", stage], ["--single-item", "--force", stage]):
        done = subprocess.run(
            ["dvc", "repro", *options],
            cwd=changed,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert f"ERROR: params.yaml: {key} is {path!r}, which lies in " in done.stderr
        assert files() == before


@pytest.mark.parametrize("row", ["18", "resnet18.a1_in1k"])
def test_a_row_that_dvc_cannot_name_is_refused_before_anything_runs(changed: Path, row: str) -> None:
    text = (changed / "params.yaml").read_text()
    (changed / "params.yaml").write_text(text.replace("  custom:", f"  {row}:\n    kind: custom\n  custom:", 1))
    done = subprocess.run(
        ["dvc", "repro"], cwd=changed, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "a row is named by a letter, then letters, digits, - and _" in done.stderr
    assert (changed / "metrics.json").is_file()
