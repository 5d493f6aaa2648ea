import os
import sys
from pathlib import Path

import pytest

from benchmarks.stage_watch import Cost, LimitError, bytes_on_disk, watch

STAGE = """
import pathlib, time
taken = bytearray(64 << 20)
for position in range(0, len(taken), 4096):
    taken[position] = 1
time.sleep(1.5)
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A process that starts another one, whose command line looks like a stage's."""
    (tmp_path / "run.py").write_text(STAGE)
    starts = f"import subprocess; subprocess.run([{sys.executable!r}, 'run.py', 'stages.train'], check=True)"
    return [sys.executable, "-c", starts]


def test_time_and_memory_are_those_of_the_stage(command: list[str], tmp_path: Path) -> None:
    environment = os.environ | {"DVC_STAGE": "train@custom"}
    costs: dict[str, Cost] = {}
    watch(command, costs, folder=tmp_path, environment=environment, memory=1e9, disk=1e9)
    assert costs.keys() == {"train@custom"}
    assert 1 < costs["train@custom"].seconds < 30
    assert 64 << 20 < costs["train@custom"].memory < 256 << 20


@pytest.mark.parametrize(("memory", "disk"), [(32e6, 1e9), (1e9, 1.0)])
def test_a_stage_that_takes_too_much_is_ended(
    command: list[str], tmp_path: Path, memory: float, disk: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.stage_watch.DISK_INTERVAL", 0.0)
    environment = os.environ | {"DVC_STAGE": "train@custom"}
    with pytest.raises(LimitError, match="are allowed"):
        watch(command, {}, folder=tmp_path, environment=environment, memory=memory, disk=disk)


def test_a_file_with_two_links_counts_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(bytes(range(256)) * 400)
    before = bytes_on_disk(tmp_path)
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    assert bytes_on_disk(tmp_path) == before >= 102_400
