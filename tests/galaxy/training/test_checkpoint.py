import errno
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from galaxy.errors import InputError
from galaxy.training import checkpoint
from galaxy.training.checkpoint import CheckpointFolder


def save(folder: Path, value: float) -> None:
    checkpoints = CheckpointFolder(folder)
    with checkpoints.written():
        checkpoints.save({"weight": torch.full((3, 2), value), "steps": torch.tensor(7)}, {"value": value})


def load(folder: Path) -> float | None:
    found = CheckpointFolder(folder).load()
    if found is None:
        return None
    assert torch.equal(found.tensors["weight"], torch.full((3, 2), float(found.note["value"])))
    assert int(found.tensors["steps"]) == 7
    return float(found.note["value"])


def test_nothing_saved_is_nothing_loaded(tmp_path: Path) -> None:
    assert load(tmp_path / "absent") is None


def test_the_newest_of_two_kept_generations_is_loaded(tmp_path: Path) -> None:
    for value in (1.0, 2.0, 3.0, 4.0):
        save(tmp_path, value)
    assert load(tmp_path) == 4.0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3.json", "3.safetensors", "4.json", "4.safetensors"]


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "remove"])
def test_a_damaged_newest_generation_falls_back_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str, damage: str
) -> None:
    save(tmp_path, 1.0)
    save(tmp_path, 2.0)
    victim = tmp_path / f"2{suffix}"
    content = bytearray(victim.read_bytes())
    content[-9] ^= 1
    if damage == "remove":
        victim.unlink()
    else:
        victim.write_bytes({"flip": bytes(content), "truncate": bytes(content[:-5]), "empty": b""}[damage])
    with caplog.at_level(logging.WARNING):
        assert load(tmp_path) == 1.0
    if (suffix, damage) != (".json", "remove"):  # without its record a generation was never finished
        assert "is damaged" in caplog.text
    save(tmp_path, 3.0)
    assert load(tmp_path) == 3.0


def test_every_single_bit_of_a_generation_is_watched(tmp_path: Path) -> None:
    save(tmp_path, 1.0)
    for path in (tmp_path / "1.json", tmp_path / "1.safetensors"):
        content = path.read_bytes()
        for position in range(len(content)):
            path.write_bytes(content[:position] + bytes([content[position] ^ 4]) + content[position + 1 :])
            assert CheckpointFolder(tmp_path).load() is None, (path.name, position)
        path.write_bytes(content)
    assert load(tmp_path) == 1.0


@pytest.mark.parametrize("function", ["save_file", "file_sha256", "write_text"])
def test_a_full_disk_leaves_the_generation_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    save(tmp_path, 1.0)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, function, full)
    with pytest.raises(InputError, match="No space left on device.*make room"):
        save(tmp_path, 2.0)
    monkeypatch.undo()
    assert load(tmp_path) == 1.0
    save(tmp_path, 3.0)
    assert load(tmp_path) == 3.0
    assert not list(tmp_path.glob(".*"))


def test_half_written_files_of_a_killed_process_are_passed_over_and_cleared(tmp_path: Path) -> None:
    save(tmp_path, 1.0)
    (tmp_path / ".2.safetensors.abcd.part").write_bytes(b"half")
    (tmp_path / "2.safetensors").write_bytes(b"no record yet")
    assert load(tmp_path) == 1.0
    save(tmp_path, 2.0)
    assert load(tmp_path) == 2.0
    assert not list(tmp_path.glob(".*.part"))


def test_a_save_keeps_the_tensors_of_its_moment_while_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight, go_on = torch.ones(3, 2), threading.Event()

    def slow(*arguments: Any) -> None:
        assert go_on.wait(timeout=60)
        save_file(*arguments)

    monkeypatch.setattr(checkpoint, "save_file", slow)
    checkpoints = CheckpointFolder(tmp_path)
    checkpoints.save({"weight": weight, "steps": torch.tensor(7)}, {"value": 1.0})
    weight.zero_()
    assert load(tmp_path) is None
    go_on.set()
    checkpoints.wait()
    assert load(tmp_path) == 1.0


def test_a_save_that_failed_is_reported_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    checkpoints = CheckpointFolder(tmp_path)
    monkeypatch.setattr(checkpoint, "save_file", full)
    checkpoints.save({"weight": torch.ones(1)}, {})
    with pytest.raises(InputError, match="make room"):
        checkpoints.save({"weight": torch.ones(1)}, {})
    checkpoints.wait()


def test_a_first_save_that_fails_promises_no_earlier_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way of the folder")
    with pytest.raises(InputError, match="resumes from the last state that was saved, if there is one"):
        save(tmp_path / "file" / "state", 1.0)


def test_due_waits_for_the_interval(tmp_path: Path) -> None:
    assert not CheckpointFolder(tmp_path, interval=3600.0).due()
    assert CheckpointFolder(tmp_path, interval=0.0).due()
