"""The stage `download` writes the right outs from each source, or prints one line and does not change the outs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import h5py
import numpy as np
import pytest
from ruamel.yaml import YAML

from galaxy.atomic import temporary_prefix
from galaxy.data.layout import open_galaxies
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.recipes.download import obtain_galaxy10
from stages.download import main
from tests.galaxy_files import noise, write_galaxies
from tests.processes import unmeasured_environment

ROOT = Path(__file__).resolve().parents[2]
RENDERED = {"count": 30, "size": 32, "seed": 1}


def _run(folder: Path, **section: Any) -> dict[str, Any]:
    params = folder / "params.yaml"
    with params.open("w") as file:
        YAML().dump({"download": {"source": "rendered", "sha256": None, "rendered": RENDERED} | section}, file)
    main(output=folder / "data" / "galaxies.h5", audit=folder / "metrics" / "audit.json", params=params)
    found: dict[str, Any] = json.loads((folder / "metrics" / "audit.json").read_text())
    assert found["sha256"] == file_sha256(folder / "data" / "galaxies.h5")
    return found


def test_rendered_galaxies(tmp_path: Path) -> None:
    found = _run(tmp_path)
    assert (found["galaxies"], found["size"], len(found["classes"])) == (30, 32, 10)
    with open_galaxies(tmp_path / "data" / "galaxies.h5") as galaxies:
        assert not np.isnan(galaxies.ra).any()


def test_a_file_is_taken_byte_for_byte(tmp_path: Path) -> None:
    source = write_galaxies(tmp_path / "own.h5", labels=[0, 1, 2] * 3, class_names=["a", "b", "c"])
    found = _run(tmp_path, source=str(source), sha256=file_sha256(source))
    assert found["sha256"] == file_sha256(source)
    assert found["classes"] == {"a": 3, "b": 3, "c": 3}
    source.write_bytes(b"")
    assert file_sha256(tmp_path / "data" / "galaxies.h5") == found["sha256"]


def test_a_relative_path_starts_at_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_galaxies(tmp_path / "own.h5", labels=[0, 1])
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert _run(tmp_path, source="own.h5")["galaxies"] == 2


def _outs(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("params.yaml", "own.h5")
    }


@pytest.mark.parametrize(
    ("content", "section", "expected"),
    [
        (b"", {}, r"own\.h5 is an empty file"),
        (b"no HDF5", {}, r"own\.h5 is not an HDF5 file"),
        (b"<!DOCTYPE html><html>404</html>", {}, r"own\.h5 is a web page, not the file itself; download"),
        (b"version https://git-lfs.github.com/spec/v1\n", {}, r"own\.h5 is a pointer of Git LFS, .* git lfs pull"),
        (None, {"sha256": "0" * 64}, "but 000.* is expected"),
        (None, {"source": "/"}, "download.source is '/', a folder; 'galaxy import' makes an HDF5 file"),
        (None, {"source": "galaxies10"}, "download.source is 'galaxies10'; allowed are rendered, galaxy10"),
        (None, {"sha256": "abc"}, r"download\.sha256 is \"abc\""),
        (None, {"rendered": {"count": 5, "size": 32, "seed": 1}}, r"download\.rendered\.count is 5"),
        (None, {"rendered": RENDERED | {"sise": 3}}, "unknown key 'download.rendered.sise'"),
        (None, {"source": ""}, "download.source is"),
        (None, {"source": 3}, "download.source is 3"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    tmp_path: Path, content: bytes | None, section: dict[str, Any], expected: str
) -> None:
    source = write_galaxies(tmp_path / "own.h5", labels=[0, 1])
    _run(tmp_path, source=str(source))
    before = _outs(tmp_path)
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(InputError, match=expected) as caught:
        _run(tmp_path, **({"source": str(source)} | section))
    assert "\n" not in str(caught.value)
    assert _outs(tmp_path) == before


def test_equal_pixels_name_the_persons_file_and_change_nothing(tmp_path: Path) -> None:
    source = write_galaxies(tmp_path / "own.h5", labels=[0, 1], images=np.zeros((2, 16, 16, 3), dtype=np.uint8))
    with pytest.raises(InputError, match=r"own\.h5: all pixels have the value 0"):
        _run(tmp_path, source=str(source))
    assert _outs(tmp_path) == {}


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the stage take a small file for the published one."""
    path = write_galaxies(tmp_path / "published.h5", labels=range(10))
    monkeypatch.setattr("galaxy.data.fetch.galaxy10.SHA256", file_sha256(path))
    monkeypatch.setattr("galaxy.data.fetch.galaxy10.BYTES", path.stat().st_size)
    monkeypatch.setattr("galaxy.data.fetch.galaxy10.URLS", ("http://127.0.0.1:9/Galaxy10_DECals.h5",))
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.delenv("GALAXY10_FILE", raising=False)
    return path


@pytest.mark.parametrize("by_environment", [True, False])
def test_the_published_file_on_this_disk_is_used(
    tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch, by_environment: bool
) -> None:
    if by_environment:
        monkeypatch.setenv("GALAXY10_FILE", str(published))
    else:
        (tmp_path / "downloads").mkdir()
        published.rename(tmp_path / "downloads" / "Galaxy10_DECals.h5")
    for _ in range(2):  # the second time the output is there already, as another name of the same file
        assert _run(tmp_path, source="galaxy10")["galaxies"] == 10
    # A person's file stays apart, because DVC makes what a stage writes read-only.
    assert (tmp_path / "data" / "galaxies.h5").stat().st_nlink == (1 if by_environment else 2)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["galaxies.h5"]


def test_a_link_that_a_killed_run_has_left_is_removed(tmp_path: Path, published: Path) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "data").mkdir()
    place = published.rename(tmp_path / "downloads" / "Galaxy10_DECals.h5")
    prefix = temporary_prefix(tmp_path / "data" / "galaxies.h5", 4194305)  # a number that no process can have
    (tmp_path / "data" / f"{prefix}ab12.part").hardlink_to(place)
    _run(tmp_path, source="galaxy10")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["galaxies.h5"]
    with pytest.raises(InputError, match="is an input of this command"):
        obtain_galaxy10(place, tmp_path / "data" / "galaxies.h5", place, link=True)


@pytest.mark.parametrize("why", ["a link", "no hard links"])
def test_where_nothing_can_be_linked_the_file_is_copied(
    tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    place = tmp_path / "downloads" / "Galaxy10_DECals.h5"
    place.parent.mkdir()
    if why == "a link":
        place.symlink_to(published)
    else:
        published.rename(place)
        monkeypatch.setattr("os.link", Mock(side_effect=OSError(1, "Operation not permitted")))
    assert _run(tmp_path, source="galaxy10")["galaxies"] == 10
    assert (tmp_path / "data" / "galaxies.h5").stat().st_nlink == 1
    assert not (tmp_path / "data" / "galaxies.h5").is_symlink()


def test_a_wrong_file_in_its_place_is_refused(tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = write_galaxies(tmp_path / "wrong.h5", labels=range(10), images=noise(10, 16, seed=9))
    monkeypatch.setenv("GALAXY10_FILE", str(wrong))
    with pytest.raises(InputError, match=r"wrong\.h5 has SHA-256"):
        _run(tmp_path, source="galaxy10")
    monkeypatch.setenv("GALAXY10_FILE", str(tmp_path / "absent.h5"))
    with pytest.raises(InputError, match=r"GALAXY10_FILE is .*absent\.h5', where there is no file"):
        _run(tmp_path, source="galaxy10")
    monkeypatch.delenv("GALAXY10_FILE")
    (tmp_path / "downloads").mkdir()
    wrong.rename(tmp_path / "downloads" / "Galaxy10_DECals.h5")
    with pytest.raises(InputError, match=r"downloads/Galaxy10_DECals\.h5 has SHA-256 .* is removed .*downloaded again"):
        _run(tmp_path, source="galaxy10")
    assert list((tmp_path / "data").iterdir()) == []


def test_what_has_arrived_survives_and_is_fetched_once(
    tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = tmp_path / "downloads" / "Galaxy10_DECals.h5.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(published.read_bytes())
    assert _run(tmp_path, source="galaxy10")["galaxies"] == 10
    assert sorted(path.name for path in part.parent.iterdir()) == [".Galaxy10_DECals.h5.lock", "Galaxy10_DECals.h5"]
    # DVC removes outs before a stage runs again, perhaps in a copy of the repository; there is no network.
    (tmp_path / "data" / "galaxies.h5").unlink()
    (tmp_path / "copy").mkdir()
    monkeypatch.chdir(tmp_path / "copy")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert _run(tmp_path / "copy", source="galaxy10")["galaxies"] == 10


def test_without_network_one_line_says_what_to_fetch_and_where_to_put_it(tmp_path: Path, published: Path) -> None:
    with pytest.raises(InputError, match=r"fetch Galaxy10_DECals\.h5 elsewhere from http\S+ and put it at downloads/"):
        _run(tmp_path, source="galaxy10")
    assert not (tmp_path / "data" / "galaxies.h5").exists()


_LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from stages._stage import run_stage
from stages.download import main
run_stage(main)
"""


def _run_limited(folder: Path, limit: int) -> subprocess.CompletedProcess[str]:
    """The stage in a process whose files may have `limit` bytes at most."""
    arguments = ["--output", "data/galaxies.h5", "--audit", "metrics/audit.json"]
    return subprocess.run(
        [sys.executable, "-c", _LIMITED, str(limit), *arguments],
        cwd=folder,
        env=unmeasured_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("limit", [0, 5000, 20_000])
def test_a_full_disk_leaves_the_last_good_state(tmp_path: Path, limit: int) -> None:
    source = write_galaxies(tmp_path / "own.h5", labels=[0, 1], size=64)
    _run(tmp_path, source=str(source))
    before = _outs(tmp_path)
    with h5py.File(source, "r+") as file:
        file["images"][0, 0, 0] = 1
    ended = _run_limited(tmp_path, limit)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "cannot be written" in ended.stderr
    assert _outs(tmp_path) == before


@pytest.mark.parametrize("limit", [2000, 60_000, 93_000])
def test_a_disk_that_fills_while_rendering_leaves_the_last_good_state(tmp_path: Path, limit: int) -> None:
    _run(tmp_path)
    before = _outs(tmp_path)
    assert len(before["data/galaxies.h5"]) > 93_000
    with (tmp_path / "params.yaml").open("w") as file:
        YAML().dump({"download": {"source": "rendered", "sha256": None, "rendered": RENDERED | {"seed": 2}}}, file)
    ended = _run_limited(tmp_path, limit)
    assert ended.returncode == 1
    assert ended.stderr == (
        "error: data/galaxies.h5 cannot be written (File too large) and was left unchanged; raise the largest size of "
        "a file (ulimit -f) or choose another disk and run again\n"
    )
    assert _outs(tmp_path) == before
