import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from galaxy.digest import file_sha256
from galaxy.tracking import sender
from galaxy.tracking.spool import FOLDER, REFUSED, find_root, find_uri, is_abandoned, try_lock
from galaxy.tracking.track import Run, track

yaml = YAML(typ="safe")
CODE = Path(__file__).resolve().parents[3]
NAMED: dict[str, Any] = {
    "classes": ["a", "b", "reason"],
    "loader": "galaxy.models.saved_network:load_network",
    "opener": "galaxy.predict.served:open_served",
}


def end_sender(root: Path) -> None:
    """End the senders that a test has started, by the process id in their lock files."""
    for lock in (root / FOLDER).glob("*.sender.lock"):
        with try_lock(lock) as free:
            if not free:
                os.kill(int(lock.read_text()), signal.SIGTERM)


def repository(folder: Path) -> Path:
    (folder / ".dvc").mkdir(parents=True)
    (folder / "params.yaml").write_text("train: 1\n")
    return folder


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DVC_ROOT", "DVC_EXP_NAME", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One repository for several tests: the first use of a store costs seconds."""
    folder = repository(tmp_path_factory.mktemp("tracking") / "repository")
    yield folder
    end_sender(folder)


@pytest.fixture
def ready(root: Path, tmp_path: Path) -> Iterator[Path]:
    """A repository of its own whose store has its tables and no run; making them takes up to ten seconds."""
    with start(root):
        pass
    folder = repository(tmp_path / "repository")
    shutil.copy(root / "mlflow.db", folder)
    database = sqlite3.connect(folder / "mlflow.db")
    with database:
        for table in ("metrics", "latest_metrics", "params", "tags", "inputs", "input_tags", "runs"):
            database.execute(f"DELETE FROM {table}")  # noqa: S608
    database.close()
    yield folder
    end_sender(folder)


def start(root: Path, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "stage": "train",
        "row": "custom",
        "params": {"train.lr": 0.1},
        "params_path": root / "params.yaml",
    }
    return track(**(given | changes))


def query(root: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(root / "mlflow.db")
    try:
        return database.execute(sql, values).fetchall()
    finally:
        database.close()


def runs(root: Path, row: str) -> list[tuple[str, str, str]]:
    """(run id, name, status) of the runs of a row, in the order of their start."""
    sql = "SELECT r.run_uuid, name, status FROM runs r JOIN tags t USING (run_uuid) WHERE t.key = 'row' AND t.value = ?"
    return query(root, sql + " ORDER BY start_time", row)


def values(root: Path, table: str, run: str) -> dict[str, Any]:
    return dict(query(root, f"SELECT key, value FROM {table} WHERE run_uuid = ?", run))  # noqa: S608


def test_a_run_is_in_the_store_when_the_stage_ends(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "warm-lamp")
    with start(root, params={"train.lr": 0.1, "train.seeds": [0, 1]}, seeds=[1]) as run:
        for epoch in range(3):
            run.log({"train_loss": 3.0 - epoch}, step=epoch, seed=1)
        run.summary({"accuracy": 0.5, "roc_auc": None})
        run.dataset(root / "params.yaml", name="galaxies")
        run.artifact(root / "params.yaml")
        run.text("model_summary.txt", "a table\n")
    ((identity, name, status),) = runs(root, "custom")
    assert (name, status) == ("custom warm-lamp", "FINISHED")
    assert values(root, "params", identity) == {"train.lr": "0.1", "train.seeds": "[0, 1]"}
    curve = query(root, "SELECT step, value FROM metrics WHERE run_uuid = ? AND key = 'train_loss'", identity)
    assert sorted(curve) == [(1, 3.0), (2, 2.0), (3, 1.0)]  # epochs count from 1, as on the page
    assert values(root, "latest_metrics", identity) == {"train_loss": 1.0, "accuracy": 0.5}
    tags = values(root, "tags", identity)
    assert (tags["stage"], tags["row"], tags["dvc_exp"]) == ("train", "custom", "warm-lamp")
    assert query(root, "SELECT name FROM datasets") == [("galaxies",)]
    (artifact,) = (root / "mlartifacts").rglob("params.yaml")
    assert artifact.read_text() == "train: 1\n"
    assert (artifact.parent / "model_summary.txt").read_text() == "a table\n"
    assert not list((root / FOLDER).glob("*.jsonl"))


def test_evaluation_lands_on_the_run_that_wrote_the_predictions(root: Path) -> None:
    predictions = root / "deep.npz"
    predictions.write_bytes(b"some predictions")
    with start(root, row="deep") as run:
        run.outputs([predictions])
    settings = {"stage": "evaluate", "row": "deep", "params": {"evaluate.bins": 15}, "continues": predictions}
    with start(root, **settings) as run:
        run.summary({"accuracy": 0.7})
    ((identity, _, status),) = runs(root, "deep")
    assert status == "FINISHED"
    assert values(root, "tags", identity)["stage"] == "train"
    assert values(root, "params", identity) == {"train.lr": "0.1", "evaluate.bins": "15"}
    assert values(root, "latest_metrics", identity) == {"accuracy": 0.7}

    # With other settings the figures are another run's, because a parameter of a run never changes.
    with start(root, **(settings | {"params": {"evaluate.bins": 10}})) as run:
        run.summary({"accuracy": 0.8})
    assert [values(root, "latest_metrics", r[0]) for r in runs(root, "deep")] == [{"accuracy": 0.7}, {"accuracy": 0.8}]
    tags = values(root, "tags", runs(root, "deep")[1][0])
    assert tags["mlflow.parentRunId"] == identity  # shown below the training
    assert tags["origin"] == f"run {identity}, evaluated with other settings"


def test_evaluation_without_a_training_run_makes_one_and_says_so(root: Path) -> None:
    predictions = root / "pulled.npz"
    predictions.write_bytes(b"predictions of another machine")
    for _ in range(2):
        with start(root, stage="evaluate", row="pulled", continues=predictions) as run:
            run.summary({"accuracy": 0.7})
    ((identity, _, _),) = runs(root, "pulled")  # the second evaluation lands on the run of the first
    tags = values(root, "tags", identity)
    assert tags["origin"] == "clusters of stored features; nothing is trained for this row"


def test_clusters_of_tuned_features_stand_below_their_tuning(root: Path) -> None:
    adapter, predictions = root / "adapter.safetensors", root / "tuned-kmeans.npz"
    adapter.write_bytes(b"an adapter")
    predictions.write_bytes(b"predictions")
    with start(root, stage="dino-finetune-lora", row="dino-lora") as run:
        run.outputs([adapter])
    settings = {"stage": "evaluate", "row": "tuned-kmeans", "continues": predictions}
    for digest, words in ((file_sha256(adapter), "that run "), ("0" * 64, "tuned on another machine")):
        with start(root, **settings, params={"evaluate.bins": len(words)}, adapter=digest) as run:
            run.summary({"accuracy": 0.2})
        tags = values(root, "tags", runs(root, "tuned-kmeans")[-1][0])
        if digest != "0" * 64:
            assert tags["mlflow.parentRunId"] == runs(root, "dino-lora")[0][0]
            assert words in tags["origin"]


def test_an_evaluation_s_run_keeps_the_settings_of_its_figures(root: Path) -> None:
    """Settings of earlier stages count, too, where no training run holds the figures."""
    predictions = root / "again-kmeans.npz"
    predictions.write_bytes(b"predictions")
    for also, accuracy in (("[]", 0.1), ("['spectral']", 0.2), ("[]", 0.3)):
        settings = {"params": {"evaluate.bins": 15}, "further_params": {"kmeans.also": also}, "continues": predictions}
        with start(root, stage="evaluate", row="again-kmeans", **settings) as run:
            run.summary({"accuracy": accuracy})
    found = [values(root, "latest_metrics", identity) for identity, *_ in runs(root, "again-kmeans")]
    assert found == [{"accuracy": 0.3}, {"accuracy": 0.2}]


def test_a_row_trained_elsewhere_has_a_run_that_says_so(root: Path) -> None:
    predictions = root / "elsewhere.npz"
    predictions.write_bytes(b"predictions of another machine, too")
    settings = {"params": {"evaluate.bins": 15}, "further_params": {"split.seed": 3}, "continues": predictions}
    with start(root, stage="evaluate", row="elsewhere", trained=True, **settings) as run:
        run.summary({"accuracy": 0.7})
    ((identity, _, _),) = runs(root, "elsewhere")
    assert values(root, "tags", identity)["origin"].startswith("no training run found: trained on another machine")
    assert values(root, "params", identity) == {"split.seed": "3", "evaluate.bins": "15"}


def test_seeds_have_runs_of_their_own_and_share_the_names_of_curves(root: Path) -> None:
    with start(root, row="seeds", seeds=[0, 1]) as run:
        for seed in (0, 1):
            for epoch in range(2):
                run.log({"loss": 4.0 - epoch - seed}, step=epoch, seed=seed)
        run.summary({"accuracy": 0.5})
    found = sorted(runs(root, "seeds"), key=lambda run: run[1])
    assert [(name, status) for _, name, status in found] == [
        ("seeds", "FINISHED"),
        ("seeds seed 0", "FINISHED"),
        ("seeds seed 1", "FINISHED"),
    ]
    curves = [
        sorted(query(root, "SELECT step, value FROM metrics WHERE run_uuid = ? AND key = 'loss'", identity))
        for identity, *_ in found
    ]
    assert curves == [[(1, 3.5), (2, 2.5)], [(1, 4.0), (2, 3.0)], [(1, 3.0), (2, 2.0)]]
    tags = values(root, "tags", found[1][0])
    assert (tags["mlflow.parentRunId"], tags["seed"]) == (found[0][0], "0")
    assert values(root, "latest_metrics", found[0][0]) == {"loss": 2.5, "accuracy": 0.5}


@pytest.mark.parametrize("row", ["it's", 'two "quotes"', "<script>alert(1)</script>", "`tick`"])
def test_any_name_of_a_row_is_found_again(root: Path, row: str) -> None:
    predictions = root / f"{row.replace('/', '')}.npz"
    predictions.write_bytes(row.encode())
    with start(root, row=row) as run:
        run.outputs([predictions])
    with start(root, stage="evaluate", row=row, continues=predictions) as run:
        run.summary({"accuracy": 0.7})
    ((identity, name, status),) = runs(root, row)
    assert (name, status) == (row, "FINISHED")
    assert values(root, "latest_metrics", identity) == {"accuracy": 0.7}
    assert not [tag for tag in values(root, "tags", identity) if tag.startswith("refused")]


def test_what_mlflow_refuses_does_not_hold_up_the_rest(root: Path) -> None:
    with start(root, row="odd") as run:
        run.log({"a name\nof two lines": 1.0}, step=0)
        run.models(root / "nowhere", row="odd", seeds=[0], **NAMED)  # nothing, as GALAXY_REGISTER is not set
        run.summary({"accuracy": 0.5})
    ((identity, _, status),) = runs(root, "odd")
    assert status == "FINISHED"
    assert values(root, "latest_metrics", identity) == {"accuracy": 0.5}
    assert "a name" in values(root, "tags", identity)["refused.metrics"]


def test_networks_are_registered_when_asked_for(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from galaxy.models.architecture import build_classifier
    from galaxy.models.saved_network import Description, save_network, weights_name, write_description

    monkeypatch.setenv("GALAXY_REGISTER", "1")
    entry: Any = {"kind": "custom", "channels": 2, "blocks": [1], "head": [4]}
    shape: dict[str, Any] = {"size": 16, "mean": (0.5,) * 3}
    std = (0.25,) * 3
    torch.manual_seed(0)
    network = build_classifier(entry, classes=3, std=std, **shape)
    files = {weights_name(0): save_network(tmp_path, network, seed=0)}
    costs: dict[str, Any] = {"parameters": 1, "trainable_parameters": 1, "multiply_adds": 1}
    given: dict[str, Any] = {
        "row": "small",
        "architecture": entry,
        "weights": "random",
        "manifest": "0" * 64,
        "crop": None,
        "std": std,
    }
    write_description(tmp_path, Description(**given, **shape, classes=("a", "b", "reason"), files=files, **costs))
    with start(root, row="small") as run:
        run.models(tmp_path, row="small", seeds=[0], **NAMED)
        run.models(tmp_path / "gone", row="small", seeds=[5], **NAMED)
    ((identity, _, status),) = runs(root, "small")
    assert status == "FINISHED"
    tags = values(root, "tags", identity)
    assert "gone" in tags["refused.models"]
    versions = query(root, "SELECT name, version, source FROM model_versions")
    assert versions == [("small", 1, tags["model.served"])]
    assert tags["model.seed-0"] != tags["model.served"]
    stored = [path for path in (root / "mlartifacts" / "models").rglob("*") if path.is_file()]
    assert [path.name for path in stored if path.suffix == ".pt2"] == ["model.pt2"]
    described, served = sorted(
        (yaml.load(path) for path in stored if path.name == "MLmodel"), key=lambda one: "pytorch" not in one["flavors"]
    )
    assert '"binary", "name": "image"' in served["signature"]["inputs"]
    assert [column["name"] for column in json.loads(served["signature"]["outputs"])] == [
        *("predicted", "confidence", "a", "b", "reason_class", "reason")
    ]
    assert '"uint8", "shape": [-1, 16, 16, 3]' in described["signature"]["inputs"]
    assert '"float32", "shape": [-1, 3]' in described["signature"]["outputs"]
    assert described["saved_input_example_info"]["artifact_path"] in [path.name for path in stored]
    assert not [path for path in stored if path.suffix in (".pkl", ".pickle", ".pth")]


def test_failed_runs_say_so(root: Path) -> None:
    with pytest.raises(ZeroDivisionError), start(root, row="failing"):
        raise ZeroDivisionError
    with pytest.raises(KeyboardInterrupt), start(root, row="interrupted"):
        raise KeyboardInterrupt
    assert runs(root, "failing")[0][2] == "FAILED"
    assert runs(root, "interrupted")[0][2] == "KILLED"


def in_another_process(root: Path, row: str, body: str) -> subprocess.Popen[str]:
    code = f"""
        import signal
        import sys
        import time
        from pathlib import Path
        from galaxy.tracking.track import track
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        with track(stage="train", row={row!r}, params={{}}, params_path=Path({str(root / "params.yaml")!r}),
                   resume_key="same training") as run:
            {body}
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.Popen(command, cwd=CODE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, "RUNNING"), (signal.SIGTERM, "KILLED")])
def test_a_killed_training_goes_on_in_its_own_run(root: Path, number: signal.Signals, status: str) -> None:
    row = f"killed-{number.name}"
    body = "run.log({'loss': 2.0}, step=0, seed=0); print('ready', flush=True); time.sleep(60)"
    with in_another_process(root, row, body) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
    deadline = time.monotonic() + 60
    while not runs(root, row) or list((root / FOLDER).glob("*.jsonl")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    ((first, _, seen),) = runs(root, row)
    assert seen == status
    with start(root, row=row, params={}, resume_key="same training" if number == signal.SIGTERM else "other"):
        pass
    # It was killed before it had saved: the first epoch comes again.
    body = "run.log({'loss': 2.0}, step=0, seed=0); run.log({'loss': 1.0}, step=1, seed=0)"
    with in_another_process(root, row, body) as process:
        assert process.wait() == 0
    points = query(root, "SELECT step, value FROM metrics WHERE run_uuid = ? AND key = 'loss'", first)
    if number == signal.SIGKILL:
        assert sorted(points) == [(1, 2.0), (2, 1.0)]
        assert [run[2] for run in runs(root, row)] == ["FINISHED", "FINISHED"]
    else:  # it was finished in between, so that the last one is a run of its own
        assert sorted(points) == [(1, 2.0)]


def test_what_cannot_be_sent_is_kept_and_sent_later(ready: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = ready
    (root / "mlflow.db").rename(root / "aside.db")
    (root / "mlflow.db").mkdir()  # nobody can open that as a database
    try:
        with start(root, row="custom") as run:
            for epoch in range(3):
                run.log({"loss": 1.0}, step=epoch)
        said = capfd.readouterr().err
        assert said.count("tracking: this run could not be sent to MLflow") == 1
        assert len(said.splitlines()) == 1
        assert len(list((root / FOLDER).glob("*.jsonl"))) == 1
        (root / "mlflow.db").rmdir()
        (root / "aside.db").rename(root / "mlflow.db")
        end_sender(root)
        for problem in (root / FOLDER).glob("*.problem"):
            problem.unlink()
        with start(root, row="deep"):
            pass
        assert capfd.readouterr().err == ""
        assert [len(runs(root, row)) for row in ("custom", "deep")] == [1, 1]
    finally:
        end_sender(root)


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = repository(tmp_path / "repository")
    database = root / "mlflow.db"
    database.touch()
    # Permissions do not bind root; this attribute does, where the file system has it.
    if shutil.which("chattr") is None or subprocess.run(["chattr", "+i", database], check=False).returncode:
        pytest.skip("no way to make a file read-only for this user")
    try:
        with start(root) as run:
            run.summary({"accuracy": 0.5})
    finally:
        subprocess.run(["chattr", "-i", database], check=True)
        end_sender(root)
    said = capfd.readouterr().err
    assert said.startswith("tracking: this run could not be sent to MLflow (")
    assert f"{database}: attempt to write a readonly database" in said
    assert len(said.splitlines()) == 1
    assert len(list((root / FOLDER).glob("*.jsonl"))) == 1


def test_an_unreachable_server_is_named_and_the_stage_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    root = repository(tmp_path / "repository")
    done = False
    try:
        with start(root):
            done = True
        assert done
        assert capfd.readouterr().err.startswith("tracking: this run could not be sent to MLflow (")
        assert len(list((root / FOLDER).glob("*.jsonl"))) == 1
    finally:
        end_sender(root)


def test_a_store_in_a_folder_that_does_not_exist_is_named_at_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/nowhere/x.db")
    root = repository(tmp_path / "repository")
    try:
        with start(root):
            pass
        said = capfd.readouterr().err
        assert f"{tmp_path}/nowhere/x.db cannot be made: there is no folder {tmp_path}/nowhere" in said
        assert len(said.splitlines()) == 1
    finally:
        end_sender(root)


def test_what_an_unreachable_store_waits_for_does_not_hold_up_later_stages(
    ready: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes connections and says nothing costs the first stage its time-out, the later ones nothing."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with start(ready, row="first"):
            pass
        assert "this run could not be sent to MLflow" in capfd.readouterr().err
        began = time.monotonic()
        with start(ready, row="second"):
            pass
        assert time.monotonic() - began < 1
        monkeypatch.delenv("MLFLOW_TRACKING_URI")
        capfd.readouterr()
        with start(ready, row="third"):  # another store
            pass
        assert capfd.readouterr().err == ""
        assert len(runs(ready, "third")) == 1
        assert len(list((ready / FOLDER).glob("*.jsonl"))) == 2


def refused(root: Path) -> list[str]:
    return sorted(path.read_text() for path in (root / FOLDER / REFUSED).glob("*.reason"))


def test_a_run_deleted_while_its_stage_goes_on_is_set_aside_and_said_once(
    ready: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with start(ready, row="doomed") as run:
        run.log({"loss": 1.0}, step=0)
        wait_until(lambda: bool(query(ready, "SELECT value FROM metrics")))
        database = sqlite3.connect(ready / "mlflow.db", timeout=30)
        with database:
            database.execute("UPDATE runs SET lifecycle_stage = 'deleted'")
        database.close()
        run.log({"loss": 0.5}, step=1)
        wait_until(lambda: bool(refused(ready)))
        run.log({"loss": 0.4}, step=2)
    said = capfd.readouterr().err
    assert said.count("tracking: MLflow refuses a run") == len(said.splitlines()) == 1
    assert "must be in the 'active' state" in said
    assert "`galaxy tracking`" in said
    began = time.monotonic()
    with start(ready, row="later") as run:
        run.summary({"accuracy": 0.5})
    assert time.monotonic() - began < 10
    assert capfd.readouterr().err == ""
    assert [status for *_, status in runs(ready, "later")] == ["FINISHED"]
    assert not list((ready / FOLDER).glob("*.jsonl"))
    (kept,) = (ready / FOLDER / REFUSED).glob("*.jsonl")
    assert kept.read_text().count('"metrics"') == 3  # what came after the refusal is kept, too


@pytest.mark.parametrize("uri", ["./mlruns", "nonsense://x"])
def test_an_address_that_mlflow_does_not_take_is_set_aside(
    uri: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "repository")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    try:
        with start(root):
            pass
        assert "MLflow refuses a run" in capfd.readouterr().err
        assert len(refused(root)) == 1
        assert uri in refused(root)[0]
        assert not list((root / FOLDER).glob("*.jsonl"))
    finally:
        end_sender(root)


def test_a_damaged_file_of_records_is_set_aside(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    (root / FOLDER / "1-1.jsonl").write_text("{no json\n")
    with start(root, row="after-damage"):
        wait_until(lambda: (root / FOLDER / REFUSED / "1-1.jsonl").exists())
    assert "not the record of a run's start" in capfd.readouterr().err
    assert len(runs(root, "after-damage")) == 1


class Failing:
    """A store that answers and raises an error for one run, for the loop of the sender."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[str] = []

    def apply(self, record: dict[str, Any], *_: object) -> dict[str, Any]:
        if record.get("name") == "bad":
            raise OSError("no space left where artifacts are kept")
        self.taken.append(record["kind"])
        return {}

    def answers(self) -> bool:
        return True

    def is_final(self, _: Exception) -> bool:
        return False


def test_a_record_that_fails_again_and_again_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import galaxy.tracking.mlflow_store

    store = Failing(tmp_path)
    monkeypatch.setattr(galaxy.tracking.mlflow_store, "MlflowStore", lambda _: store)
    monkeypatch.setattr(sender, "RETRY", 0.01)
    monkeypatch.setattr(sender, "POLL", 0.01)
    monkeypatch.setattr(sender, "IDLE", 1.0)
    for number, name in enumerate(["bad", "good"]):
        lines = [{"kind": "start", "uri": "x", "name": name}, {"kind": "end"}]
        (tmp_path / f"{number}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    sender.main(tmp_path, "x")
    assert store.taken == ["start", "end"]
    assert [path.name for path in (tmp_path / REFUSED).glob("*.jsonl")] == ["0.jsonl"]
    assert "no space left" in (tmp_path / REFUSED / "0.reason").read_text()


def test_a_run_whose_attached_file_is_gone_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import galaxy.tracking.mlflow_store

    store = Failing(tmp_path)
    monkeypatch.setattr(store, "apply", lambda *_: (tmp_path / "note.txt").read_bytes())
    monkeypatch.setattr(galaxy.tracking.mlflow_store, "MlflowStore", lambda _: store)
    monkeypatch.setattr(sender, "RETRY", 0.01)
    monkeypatch.setattr(sender, "POLL", 0.01)
    monkeypatch.setattr(sender, "IDLE", 1.0)
    (tmp_path / "0.jsonl").write_text(json.dumps({"kind": "start", "uri": "x", "name": "bad"}) + "\n")
    sender.main(tmp_path, "x")
    assert [path.name for path in (tmp_path / REFUSED).glob("*.jsonl")] == ["0.jsonl"]
    assert "note.txt" in (tmp_path / REFUSED / "0.reason").read_text()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_two_pipelines_may_use_a_new_store_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = [repository(tmp_path / name) for name in ("one", "two")]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    try:
        processes = [in_another_process(root, root.name, "run.log({'loss': 1.0}, step=0)") for root in roots]
        for process in processes:
            with process:
                _, said = process.communicate(timeout=120)
                assert (process.returncode, said) == (0, "")
        assert [runs(tmp_path, root.name)[0][2] for root in roots] == ["FINISHED", "FINISHED"]
    finally:
        for root in roots:
            end_sender(root)


def test_no_folder_for_the_records_is_no_reason_to_stop(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = repository(tmp_path / "repository")
    (root / ".state").write_text("a file where the folder should be")
    with start(root) as run:
        run.log({"loss": 1.0}, step=0)
        run.artifact(root / "params.yaml")
    assert capfd.readouterr().err.count("\n") == 1


def test_where_the_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "main")
    (root / "below").mkdir()
    assert find_root(root / "below" / "params.yaml") == root
    assert find_uri(root) == f"sqlite:///{root}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///other.db")
    assert find_uri(root) == f"sqlite:///{root}/other.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert find_uri(root) == "http://127.0.0.1:5000"
    copy = repository(tmp_path / "copy")
    monkeypatch.setenv("DVC_ROOT", str(root))
    assert find_root(copy / "params.yaml") == root


def test_a_run_without_a_spool_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run(None)
    run.log({"loss": 1.0}, step=0)
    run.finish("FINISHED")
    assert not list(tmp_path.iterdir())


def test_the_store_lies_in_the_repository_whatever_its_folder_is_called(tmp_path: Path) -> None:
    name = "josé #1, why?not 100 %"
    root = repository(tmp_path / name)
    try:
        with start(root) as run:
            run.summary({"accuracy": 0.5})
            run.artifact(root / "params.yaml")
        assert [status for *_, status in runs(root, "custom")] == ["FINISHED"]
        assert len(list((root / "mlartifacts").rglob("params.yaml"))) == 1
        assert [path.name for path in tmp_path.iterdir()] == [name]
    finally:
        end_sender(root)


def test_a_file_is_abandoned_when_its_writer_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    assert is_abandoned(path)
    with try_lock(path) as mine:
        assert mine
        assert not is_abandoned(path)
