import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from galaxy.workbench import stage_log
from galaxy.workbench.stage_log import FOLDER, fingerprint, matching_entries, record, record_cost

CODE = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("DVC_ROOT", "DVC_EXP_NAME"):
        monkeypatch.delenv(name, raising=False)
    stage_log._costs.clear()  # stages that other tests ran in this process
    yield
    stage_log._costs.clear()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "out.npz").write_bytes(b"first")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(stage: str = "train@a", out: str = "out.npz", seconds: float = 1.0) -> None:
    record(stage, [Path(out)], seconds=seconds, params_path=Path("params.yaml"))


def test_an_entry_counts_beside_its_outs_alone(root: Path) -> None:
    record_cost("a", training_seconds=2.0)
    write()
    (entry,) = matching_entries(root)
    assert (entry.stage, entry.seconds, entry.costs) == ("train@a", 1.0, {"a": {"training_seconds": 2.0}})
    assert "Linux" in entry.machine or "Darwin" in entry.machine
    assert entry.versions["Python"]
    (root / "out.npz").write_bytes(b"other")
    assert matching_entries(root) == []
    (root / "out.npz").write_bytes(b"first")  # an experiment put back, or restored from the cache
    assert len(matching_entries(root)) == 1
    (root / "out.npz").unlink()
    assert matching_entries(root) == []


def test_the_newest_entry_about_the_same_outs_counts(root: Path) -> None:
    (root / "second.npz").write_bytes(b"second")
    write(seconds=1.0)
    write(out="second.npz", stage="train@b", seconds=5.0)
    write(seconds=3.0)
    assert [entry.seconds for entry in matching_entries(root)] == [5.0, 3.0]


def test_files_of_another_version_are_passed_over(root: Path) -> None:
    write()
    for name, text in (("a.json", "{"), ("b.json", '{"stage": "x"}'), ("c.json", "[]")):
        (root / FOLDER / name).write_text(text)
    assert len(matching_entries(root)) == 1


def test_experiments_in_a_copy_are_recorded_in_the_main_repository(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path_factory.mktemp("copy")
    (copy / ".dvc").mkdir()
    (copy / "out.npz").write_bytes(b"first")
    monkeypatch.chdir(copy)
    monkeypatch.setenv("DVC_ROOT", str(root))
    monkeypatch.setenv("DVC_EXP_NAME", "warm-lamp")
    write()
    assert not (copy / FOLDER).exists()
    assert [entry.origin["dvc_exp"] for entry in matching_entries(root)] == ["warm-lamp"]


def test_old_entries_of_a_stage_make_room(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_log, "KEPT", 3)
    write(stage="train@a-b")
    for number in range(5):
        (root / "out.npz").write_bytes(bytes([number]))
        write()
        newest = max((root / FOLDER).glob("train@a-?*.json"), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (time.time() + number, time.time() + number))
    names = sorted(path.name for path in (root / FOLDER).glob("*.json"))
    assert len(names) == 4
    assert sum(name.startswith("train@a-b-") for name in names) == 1


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(root: Path) -> None:
    (root / ".state").write_text("a file where the folder should be")
    write()
    assert matching_entries(root) == []


def test_fingerprints_tell_files_apart(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "a").write_bytes(b"x")
    seen = {fingerprint(folder)}
    (folder / ".hidden").write_bytes(b"temporary")
    assert fingerprint(folder) in seen
    (folder / "below" / "a").rename(folder / "below" / "b")
    seen.add(fingerprint(folder))
    big = bytearray(3 << 20)
    (folder / "big").write_bytes(big)
    seen.add(fingerprint(folder))
    for place in (0, len(big) - 1):
        changed = bytearray(big)
        changed[place] = 1
        (folder / "big").write_bytes(changed)
        seen.add(fingerprint(folder))
    (folder / "big").write_bytes(big[:-1])
    seen.add(fingerprint(folder))
    assert len(seen) == 6


def test_a_stage_leaves_an_entry_when_it_has_ended_well(root: Path) -> None:
    (root / "stage.py").write_text(
        "from pathlib import Path\n"
        "from galaxy.errors import InputError\n"
        "from galaxy.workbench.stage_log import record_cost\n"
        "from stages._stage import InFile, OutFile, run_stage\n"
        "def main(source: InFile, output: OutFile) -> None:\n"
        "    if source.read_text() == 'bad':\n"
        "        raise InputError('bad')\n"
        "    record_cost('a', images_per_second=7.0)\n"
        "    output.write_text('made')\n"
        "run_stage(main)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(CODE), "DVC_STAGE": "embed@a"}
    for text, code in (("bad", 1), ("good", 0)):
        (root / "source").write_text(text)
        command = [sys.executable, "stage.py", "--source", "source", "--output", "made"]
        assert subprocess.run(command, cwd=root, env=env, capture_output=True, check=False).returncode == code
        entries = [json.loads(path.read_text()) for path in (root / FOLDER).glob("*.json")]
        assert len(entries) == (code == 0)
    (entry,) = entries
    assert entry["stage"] == "embed@a"
    assert list(entry["outs"]) == ["made"]
    assert entry["costs"] == {"a": {"images_per_second": 7.0}}
    assert 0 < entry["seconds"] < 60
    assert len(matching_entries(root)) == 1
