import json
from pathlib import Path

import pytest

from galaxy.tracking.spool import FOLDER, REFUSED, refuse, write_problem
from galaxy.workbench import unsent_records
from galaxy.workbench.unsent_records import describe_records, discard_records, retry_records

URI = "sqlite:////somewhere/mlflow.db"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DVC_ROOT", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / FOLDER).mkdir(parents=True)
    return tmp_path


def write(root: Path, name: str, uri: str = URI) -> Path:
    start = {"kind": "start", "uri": uri, "root": "elsewhere", "name": name, "tags": {"stage": "train"}}
    path = root / FOLDER / f"{name}.jsonl"
    path.write_text(json.dumps(start) + '\n{"kind": "end"}\n')
    path.with_suffix(".files").mkdir()
    return path


def test_every_record_is_shown_with_its_reason(root: Path) -> None:
    assert describe_records(root) == "MLflow has every record"
    write(root, "slow")
    write_problem(root / FOLDER, URI, "no route\nto host")
    refuse(write(root, "bad"), "the run is deleted")
    assert describe_records(root).splitlines() == [
        f"waiting    train of slow, for {URI}: no route to host",
        "set aside  train of bad: the run is deleted",
        "`galaxy tracking --retry` sends them again, `--discard` deletes what is set aside",
    ]
    assert discard_records(root) == 1
    assert "bad" not in describe_records(root)
    assert (root / FOLDER / "slow.jsonl").exists()


def test_a_deleted_experiment_is_named_with_the_command_that_restores_it(root: Path) -> None:
    reason = "MlflowException: The experiment 7 must be in the 'active' state. Current state is deleted."
    refuse(write(root, "bad"), reason)
    line = describe_records(root).splitlines()[1]
    address = "sqlite:////somewhere/mlflow.db"  # the store of the record: the number of the experiment is its own
    command = "mlflow experiments restore --experiment-id 7"
    assert line == f"restore the deleted experiment first: `MLFLOW_TRACKING_URI={address} {command}`"


def test_what_was_set_aside_is_sent_to_the_store_of_now(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(root, "bad", uri="./mlruns")
    path.with_suffix(".sent").write_text("{}")
    refuse(path, "no such kind of store")
    damaged = root / FOLDER / "damaged.jsonl"
    damaged.write_text("no json\n")
    refuse(damaged, "damaged")
    started: list[str] = []
    monkeypatch.setattr(unsent_records, "start_sender", lambda _, uri: started.append(uri))
    monkeypatch.setattr(unsent_records, "wait_delivered", lambda *_: None)
    retry_records(root)
    lines = path.read_text().splitlines()
    assert json.loads(lines[0])["uri"] == started[0] == f"sqlite:///{root}/mlflow.db"
    assert json.loads(lines[0])["root"] == str(root)
    assert lines[1] == '{"kind": "end"}'
    assert path.with_suffix(".files").is_dir()
    assert not path.with_suffix(".sent").exists()
    assert sorted(file.name for file in (root / FOLDER / REFUSED).iterdir()) == [
        "damaged.jsonl",
        "damaged.reason",
        "damaged.unsaid",
    ]


def test_runs_that_are_delivered_meanwhile_are_no_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [write(root, "one"), write(root, "two")]

    def deliver_all(_: Path, uri: str) -> None:
        assert uri == URI
        for path in paths:
            path.unlink(missing_ok=True)

    monkeypatch.setattr(unsent_records, "start_sender", deliver_all)
    retry_records(root)
    write(root, "three")
    read = unsent_records._name

    def read_and_deliver(path: Path) -> str:
        name = read(path)
        path.unlink()
        return name

    monkeypatch.setattr(unsent_records, "_name", read_and_deliver)
    assert describe_records(root) == "MLflow has every record"


def test_a_damaged_file_that_waits_does_not_hold_up_the_others(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / FOLDER / "damaged.jsonl").write_text("no json\n")
    path = write(root, "one")
    waited: list[Path] = []
    monkeypatch.setattr(unsent_records, "start_sender", lambda *_: None)
    monkeypatch.setattr(unsent_records, "wait_delivered", lambda path, *_: waited.append(path))
    retry_records(root)
    assert waited == [path]
