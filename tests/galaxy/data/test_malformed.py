"""Many damaged HDF5 files: each is read or refused with one line, and no out is left incomplete."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from galaxy.data.chunked_images import iterate_blocks
from galaxy.data.layout import open_galaxies
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from stages.download import main
from tests.galaxy_files import write_galaxies

STORAGE: list[dict[str, Any]] = [
    {},
    {"chunks": (4, 8, 8, 1), "compression": "gzip"},
    {"chunks": (3, 16, 16, 3), "compression": "gzip", "shuffle": True},
]
LABELS = [0, 1] * 6
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def _message(folder: Path, source: Path) -> str:
    """Run the stage on a file; return its error, or nothing."""
    with (folder / "params.yaml").open("w") as file:
        rendered = {"count": 30, "size": 32, "seed": 0}
        YAML().dump({"download": {"source": str(source), "sha256": None, "rendered": rendered}}, file)
    try:
        main(output=folder / "out" / "galaxies.h5", audit=folder / "out" / "audit.json", params=folder / "params.yaml")
    except InputError as error:
        return str(error)
    return ""


def _check(folder: Path, source: Path, good: dict[str, bytes]) -> None:
    message = _message(folder, source)
    assert "\n" not in message
    outs = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    if message:
        assert source.name in message
        assert outs == good
    else:
        assert sorted(outs) == ["audit.json", "galaxies.h5"]
        assert json.loads(outs["audit.json"])["sha256"] == file_sha256(source)
        assert outs["galaxies.h5"] == source.read_bytes()


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Path, dict[str, bytes]]:
    """A folder with the outs of an earlier, good run."""
    assert _message(tmp_path, write_galaxies(tmp_path / "good.h5", labels=LABELS)) == ""
    return tmp_path, {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}


def _restore(folder: Path, good: dict[str, bytes]) -> None:
    for name, content in good.items():
        (folder / "out" / name).write_bytes(content)


# The same cases every time: a crash of HDF5 itself would take the test run with it.
@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(
    storage=st.sampled_from(STORAGE),
    cut=st.none() | st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7), st.booleans()), max_size=4),
    appended=st.binary(max_size=8),
)
def test_damaged_bytes(
    prepared: tuple[Path, dict[str, bytes]],
    storage: dict[str, Any],
    cut: float | None,
    flips: list[tuple[float, int, bool]],
    appended: bytes,
) -> None:
    folder, good = prepared
    _restore(folder, good)
    source = write_galaxies(folder / "own.h5", labels=LABELS, storage=storage, class_names=["a", "b"])
    content = bytearray(source.read_bytes())
    for place, bit, in_front in flips:
        # Most of what HDF5 has to understand stands in front.
        content[int(place * (2048 if in_front else len(content)))] ^= 1 << bit
    if cut is not None:
        content = content[: int(cut * len(content))]
    source.write_bytes(content + appended)
    _check(folder, source, good)


_SHAPES = st.lists(st.integers(0, 20), max_size=5).map(tuple)
_TYPES = st.sampled_from(["u1", "i1", "u2", "i8", "f4", "f8", "S3", "?", "c8"])


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(
    name=st.sampled_from(["images", "ans", "ra", "dec", "redshift", "pxscale"]),
    shape=st.sampled_from([(12,), (12, 16, 16, 3)]) | _SHAPES,
    kind=_TYPES,
    value=st.sampled_from([0, 1, 2, 90, 91, 255, -1, float("nan"), float("inf"), -400]),
    names=st.none() | st.lists(st.text(max_size=3), max_size=4),
)
def test_wrong_contents(
    prepared: tuple[Path, dict[str, bytes]],
    name: str,
    shape: tuple[int, ...],
    kind: str,
    value: float,
    names: list[str] | None,
) -> None:
    folder, good = prepared
    _restore(folder, good)
    source = write_galaxies(folder / "own.h5", labels=LABELS)
    with np.errstate(invalid="ignore"), h5py.File(source, "r+") as file:
        del file[name]
        file[name] = np.full(shape, value).astype(kind)
        if names is not None:
            file.attrs["class_names"] = np.array([text.replace("\0", "") for text in names], dtype=h5py.string_dtype())
    _check(folder, source, good)


@pytest.mark.fault
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("storage", range(len(STORAGE)))
def test_damage_of_any_kind_never_crashes(tmp_path: Path, storage: int) -> None:
    """Each of 500 in a process of its own, so that a crash or a hang would count and not spread."""
    source = write_galaxies(tmp_path / "own.h5", labels=LABELS, storage=STORAGE[storage], class_names=["a", "b"])
    content = source.read_bytes()
    chance = np.random.default_rng()
    for _ in range(500):
        damaged = bytearray(content)
        for _ in range(int(chance.integers(1, 6))):
            place = int(chance.integers(len(content) if chance.integers(2) else 2048))
            damaged[place] = int(chance.integers(256))
        source.write_bytes(damaged)
        child = os.fork()
        if child == 0:
            signal.alarm(30)
            try:
                with open_galaxies(source) as galaxies:
                    for _ in iterate_blocks(galaxies):
                        pass
            except InputError:
                os._exit(0)
            except BaseException:  # noqa: BLE001 -- whatever it is, it is reported by the exit status
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            (tmp_path / "crash.h5").write_bytes(damaged)
        assert status == 0, f"status {status}, the file is {tmp_path / 'crash.h5'}"
