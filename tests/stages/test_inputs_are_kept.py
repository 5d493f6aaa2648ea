"""No stage that reads a user's file changes it, for any settings and any paths of the outputs."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from galaxy.digest import file_sha256
from galaxy.errors import InputError
from stages import download, split
from stages._stage import InFile, OutFile, ParamsFile, checked
from tests.galaxy_files import write_galaxies
from tests.stages.test_split import SECTION

PLACES = ("own.h5", "link.h5", "deep/../own.h5", "hard.h5", "deep", "deep/own.h5", "manifest.csv", ".", "out", "out/a")
PLACE = st.sampled_from(PLACES).map(Path)
RENDERED = {"count": 30, "size": 32, "seed": 1}


@contextmanager
def _kept(*read: str, **section: Any) -> Iterator[None]:
    """A folder with a user's files, in which the stages run; afterwards those in `read` must be as they were."""
    back = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            Path("deep").mkdir()
            for path in (Path("own.h5"), Path("deep/own.h5")):
                write_galaxies(path, labels=np.repeat([0, 1], 6))
            Path("link.h5").symlink_to("own.h5")
            Path("hard.h5").hardlink_to("own.h5")
            Path("manifest.csv").write_text("id,row,ra,dec,label,group,split\n")
            with Path("params.yaml").open("w") as file:
                YAML().dump(section, file)
            before = {path: file_sha256(Path(path)) for path in read}
            with suppress(InputError):
                yield
            assert {path: file_sha256(Path(path)) for path in read} == before
        finally:
            os.chdir(back)


@settings(max_examples=60, deadline=None)
@given(source=st.sampled_from(["own.h5", "link.h5", "deep/own.h5"]), output=PLACE, audit=PLACE)
def test_download(source: str, output: Path, audit: Path) -> None:
    with _kept(source, download={"source": source, "sha256": None, "rendered": RENDERED}):
        download.main(output=output, audit=audit, params=Path("params.yaml"))


@settings(max_examples=60, deadline=None)
@given(
    galaxies=st.sampled_from(["own.h5", "link.h5", "deep/own.h5"]),
    manifest=PLACE,
    classes=PLACE,
    store=PLACE,
    published=st.sampled_from([None, "manifest.csv"]),
    size=st.integers(8, 17),
)
def test_split(galaxies: str, manifest: Path, classes: Path, store: Path, published: str | None, size: int) -> None:
    read = [galaxies, published] if published else [galaxies]
    with _kept(*read, split=SECTION | {"manifest": published, "size": size}):
        split.main(galaxies=Path(galaxies), manifest=manifest, classes=classes, store=store, params=Path("params.yaml"))


def test_a_stage_never_writes_over_its_parameters(tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    with params.open("w") as file:
        YAML().dump({"download": {"source": "rendered", "sha256": None, "rendered": RENDERED}}, file)
    before = params.read_bytes()
    for output, audit in (
        ("params.yaml", "a.json"),
        ("g.h5", "params.yaml"),
        ("g.h5", "../" + tmp_path.name + "/params.yaml"),
    ):
        words = ["--output", str(tmp_path / output), "--audit", str(tmp_path / audit), "--params", str(params)]
        command = [sys.executable, "-m", "stages.download", *words]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 1
        assert "is an input of this command" in ended.stderr
        assert params.read_bytes() == before


def test_no_stage_writes_over_a_file_of_a_folder_that_it_reads(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "custom.json").write_text("{}")

    def stage(metrics: InFile, headline: OutFile) -> None:
        headline.write_text(str(metrics))

    command = checked(stage, recorded=False, guarded=False)
    for name in ("metrics/custom.json", "metrics", "."):
        with pytest.raises(InputError, match="is an input of this command"):
            command(metrics=tmp_path / "metrics", headline=tmp_path / name)
    command(metrics=tmp_path / "metrics", headline=tmp_path / "metrics" / "new.json")
    assert (tmp_path / "metrics" / "custom.json").read_text() == "{}"


def test_no_stage_writes_over_a_file_that_its_parameters_name(tmp_path: Path) -> None:
    (tmp_path / "mine.pth").write_text("weights")
    params = tmp_path / "params.yaml"
    params.write_text(f"models: {{custom: {{kind: custom, weights: {tmp_path}/mine.pth}}}}\n")

    def stage(output: OutFile, params: ParamsFile) -> None:
        output.write_text(str(params))

    with pytest.raises(InputError, match="is an input of this command"):
        checked(stage, recorded=False, guarded=False)(output=tmp_path / "mine.pth", params=params)
