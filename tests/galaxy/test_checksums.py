"""Recorded sums reveal which files have changed."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galaxy.checksums import record_sums, verify_sums
from galaxy.errors import InputError

_FILES = {"galaxies.h5": 4096, "store/images.npy": 700, "models/custom/seed-0.safetensors": 333, "predictions/a.npz": 1}

_PARTS = ("galaxies.h5", "store", "models", "predictions")

_HERE = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


@pytest.fixture
def held(tmp_path: Path) -> Path:
    chance = np.random.default_rng(0)
    for name, size in _FILES.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.bytes(size))
    (tmp_path / "data" / ".galaxies.h5.x.part").write_bytes(b"temporary")
    (tmp_path / "data" / "nobody's.csv").write_bytes(b"left by something else")
    record_sums([tmp_path / "data" / part for part in _PARTS], tmp_path / "SHA256SUMS")
    return tmp_path


def test_what_is_untouched_passes_here_and_with_sha256sum(held: Path) -> None:
    assert verify_sums(held / "SHA256SUMS") == []
    names = [line.split("  ")[1] for line in (held / "SHA256SUMS").read_text().splitlines()]
    assert names == sorted(f"data/{name}" for name in _FILES)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=held, check=True)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(_FILES)), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(held: Path, name: str, place: float, bit: int) -> None:
    path = held / "data" / name
    good = path.read_bytes()
    bad = bytearray(good)
    bad[int(place * len(bad))] ^= 1 << bit
    path.write_bytes(bad)
    try:
        (line,) = verify_sums(held / "SHA256SUMS")
    finally:
        path.write_bytes(good)
    assert line.startswith(f"data/{name}: the SHA-256 is ")


def test_the_command_names_a_flipped_bit_in_any_file(held: Path) -> None:
    def verify() -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "galaxy.cli", "verify", "--sums", str(held / "SHA256SUMS")]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=_HERE)

    clean = verify()
    assert (clean.returncode, clean.stderr) == (0, "")
    assert clean.stdout.startswith("every file is what ")
    chance = np.random.default_rng(1)
    for name, size in _FILES.items():
        path = held / "data" / name
        good = path.read_bytes()
        for place in {0, size - 1, int(chance.integers(size))}:
            bad = bytearray(good)
            bad[place] ^= 1 << int(chance.integers(8))
            path.write_bytes(bad)
            found = verify()
            assert found.returncode == 1
            first, last = found.stderr.splitlines()
            assert first.startswith(f"data/{name}: the SHA-256 is ")
            assert last.startswith("error: 1 of the files is not what ")
            assert f"`rm -f data/{name}`" in last
        path.write_bytes(good)


def test_missing_and_truncated_files_are_named(held: Path) -> None:
    (held / "data" / "galaxies.h5").unlink()
    (held / "data" / "store" / "images.npy").write_bytes(b"")
    wrong = [line.split(":")[0] for line in verify_sums(held / "SHA256SUMS")]
    assert wrong == ["data/galaxies.h5", "data/store/images.npy"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"abc  data/x\n",
        b"0" * 64 + b" data/x\n",
        b"0" * 64 + b"  ../x\n",
        b"0" * 64 + b"  /etc/passwd\n",
        (b"0" * 64 + b"  data/x\n") * 2,
    ],
)
def test_a_list_that_is_none_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "SHA256SUMS").write_bytes(content)
    with pytest.raises(InputError, match="SHA256SUMS") as caught:
        verify_sums(tmp_path / "SHA256SUMS")
    assert "\n" not in str(caught.value)


def test_nothing_to_record_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="data does not exist"):
        record_sums([tmp_path / "data"], tmp_path / "SHA256SUMS")
    with pytest.raises(InputError, match="cannot be read"):
        verify_sums(tmp_path / "SHA256SUMS")
    (tmp_path / "data").mkdir()
    with pytest.raises(InputError, match="is not below"):
        record_sums([tmp_path / "data"], tmp_path / "deeper" / "SHA256SUMS")
