import csv
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.predict import dask_cluster
from galaxy.predict.classify import classify_inputs
from galaxy.predict.options import Options
from galaxy.predict.trained_row import load_row
from galaxy.workbench.predict_command import predict
from tests.galaxy.predict.rows import CPU, galaxies, make_reference, make_row, write_hdf5, write_pictures


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A trained row, its validation galaxies, and a table of pictures with further columns, one of them missing."""
    make_reference(tmp_path, make_row(tmp_path))
    (tmp_path / "models" / "custom").rename(tmp_path / "row")
    (tmp_path / "data" / "models").mkdir(parents=True)
    (tmp_path / "row").rename(tmp_path / "data" / "models" / "custom")
    for name in ("store", "predictions"):
        (tmp_path / name).rename(tmp_path / "data" / name)
    paths = write_pictures(tmp_path / "png", galaxies(40))
    lines = [{"id": f"g{number:04d}", "path": f"png/{paths[number % 40].name}", "z": number} for number in range(600)]
    lines[77]["path"] = "png/absent.png"
    with (tmp_path / "table.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    return tmp_path / "table.csv"


def run(table: Path, name: str, **how: object) -> bytes:
    output = table.parent / name
    models = table.parent / "data" / "models"
    predict("custom", [table], output, models=models, seed=None, options=Options(), overwrite=False, **how)  # type: ignore[arg-type]
    return output.read_bytes()


def kill_one_worker(seen: list[int]) -> None:
    """Kill a worker of this process's cluster as soon as it has work."""
    from distributed import get_client

    client = get_client()
    while not (busy := [address for address, keys in client.processing().items() if keys]):
        time.sleep(0.05)
    found = client.run(os.getpid, workers=[busy[0]])
    seen += found.values()
    os.kill(seen[0], signal.SIGKILL)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # sockets of a killed worker
def test_a_cluster_gives_the_same_rows_even_when_a_worker_is_killed(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "TASK", 1)  # ten tasks
    monkeypatch.chdir(table.parent)
    here = run(table, "here.csv", embeddings=table.parent / "here-features.csv")
    killed: list[int] = []
    killer = threading.Thread(target=kill_one_worker, args=(killed,), daemon=True)
    submitted = dask_cluster.classify_on

    def classify_and_kill(*args: object) -> object:
        killer.start()
        return submitted(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("galaxy.workbench.predict_command.classify_on", classify_and_kill)
    features = table.parent / "there-features.csv"
    there = run(table, "there.csv", dask="local", dask_workers=2, embeddings=features)
    assert killed
    with pytest.raises(ProcessLookupError):
        os.kill(killed[0], 0)
    assert there == here
    assert features.read_bytes() == (table.parent / "here-features.csv").read_bytes()
    assert len(features.read_text().splitlines()) == 600  # a header, and all but the missing picture


def test_a_scheduler_that_does_not_answer_and_inputs_that_cannot_be_shared(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "_SECONDS", 1)
    with pytest.raises(InputError, match=r"^no Dask scheduler answers at tcp://127.0.0.1:9; start one"):
        run(table, "out.csv", dask="tcp://127.0.0.1:9")
    with pytest.raises(InputError, match=r"^no Dask scheduler answers at nonsense; start one"):
        run(table, "out.csv", dask="nonsense")
    with pytest.raises(InputError, match=r"^--dask-workers needs --dask local"):
        run(table, "out.csv", dask_workers=2)
    write_hdf5(table.parent / "new.h5", galaxies(2))
    row = load_row(table.parent / "data" / "models" / "custom", device=CPU)
    with pytest.raises(InputError, match=r"--dask takes tables, folders and pictures; unpack archives"):
        classify_inputs(row, [table.parent / "new.h5"], table.parent / "out.csv", cluster=lambda _, __: iter(()))
    assert not (table.parent / "out.csv").exists()
    assert not list(table.parent.glob(".out*"))


def test_workers_without_semaphores_are_refused_in_one_line(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What semaphores are made of lies in /dev/shm, which may be full, small or read-only.
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", refuse)
    with pytest.raises(InputError, match=r"\(No space left on device\); mount it, make it writable"):
        run(table, "out.csv", dask="local")
    monkeypatch.chdir(table.parent)
    assert run(table, "here.csv")


def test_workers_that_do_not_start_are_refused_in_one_line(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr("distributed.LocalCluster", fail)
    with pytest.raises(InputError, match=r"^--dask local cannot start its workers \(Nanny failed to start\.\); start"):
        run(table, "b.csv", dask="local")
