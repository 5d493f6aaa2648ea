"""Every command `galaxy` of the documentation, run as it stands in a small repository.

The files that the commands name are made here. tests/test_readme.py runs `make` and `dvc`, tests/galaxy/tracking/ what
MLflow serves, and tests/galaxy/workbench/test_parallel_repro.py what starts several processes.
"""

import importlib.util
import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet
from typer.testing import CliRunner

from galaxy.cli import app
from galaxy.data.manifest import Manifest, galaxy_ids, write_manifest
from galaxy.data.store import IDS, IMAGES
from galaxy.digest import file_sha256
from galaxy.models.saved_network import read_description, write_description
from galaxy.predict.dask_cluster import _start
from galaxy.predictions import Predictions, save_predictions
from tests.galaxy.models.classifiers import CLASSES
from tests.galaxy.predict.rows import NAMES, galaxies, make_row, stored_predictions, write_hdf5, write_pictures
from tests.galaxy_files import write_galaxies
from tests.readme import fences
from tests.root import ROOT, copy_settings
from tests.tiny_clone import clean_environment, command

COUNT = 60
SERVED = "http://127.0.0.1:8000"
PAGES = {page.name: fences(page.read_text(encoding="utf-8")) for page in sorted((ROOT / "docs").glob("*.md"))}
ALL = [
    (page, line) for page, found in PAGES.items() for fence in found if fence.language == "sh" for line in fence.lines
]
LINES = [(page, line) for page, line in ALL if line.startswith("galaxy ") and not line.startswith("galaxy serve")]
SERVING = [line for _, line in ALL if line.startswith("galaxy serve") or SERVED in line]
SAYS = {
    "galaxy export custom --output exported": r"model\.onnx: probabilities within",
    "galaxy manifest verify my_split.csv --galaxies my_survey.h5": "near-identical pictures: 0 test galaxies",
    "galaxy profile paper": "download.source: rendered -> galaxy10",
}
"""A pattern in what a command prints, besides the name of its output."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a trained row and its galaxies, and the files of a person that the pages name."""
    root = tmp_path_factory.mktemp("documented")
    copy_settings(root)
    data, images = root / "data", galaxies(COUNT, seed=5)
    folder = make_row(data)
    label = np.arange(COUNT) % CLASSES
    write_galaxies(data / "galaxies.h5", labels=label, images=images, class_names=NAMES)
    rows = np.arange(COUNT)
    ids = galaxy_ids(file_sha256(data / "galaxies.h5"), rows)
    split = np.array(["train"] * 20 + ["validation"] * 20 + ["test"] * 20)
    unknown = np.full(COUNT, np.nan)
    write_manifest(data / "manifest.csv", Manifest(ids, rows, unknown, unknown, label, rows, split, ""))
    (data / "classes.json").write_text(json.dumps(NAMES))
    manifest = file_sha256(data / "manifest.csv")
    write_description(folder, replace(read_description(folder), manifest=manifest))
    (data / "store").mkdir()
    np.save(data / "store" / IMAGES, images)
    np.save(data / "store" / IDS, ids)
    tested = split != "train"
    predictions = Predictions(
        id=ids[tested],
        split=split[tested],
        label=label[tested],
        seed=np.array([0, 1]),
        probability=stored_predictions(folder, images[tested]),
        classes=np.array(NAMES),
        manifest=manifest,
    )
    save_predictions(data / "predictions" / "custom.npz", predictions)
    write_hdf5(root / "new_galaxies.h5", images[:3])
    for name in ("odd.png", "galaxy.png"):
        Image.fromarray(images[0]).save(root / name)
    (root / "pictures").mkdir()
    for seed, name in enumerate(("disc", "ring")):
        write_pictures(root / "pictures" / name, galaxies(6, seed=seed))
    paths = [f"pictures/ring/{number:03d}.png" for number in range(6)]
    (root / "survey.csv").write_text("path\n" + "".join(f"{path}\n" for path in paths))
    parquet.write_table(pa.table({"path": paths}), root / "survey.parquet")
    command("git", "init", "--quiet", cwd=root)
    return root


def local_jobs() -> Any:
    """Stand in for Slurm's jobs by one worker on this machine."""
    cluster = _start("local", 1)
    scale = cluster.scale
    cluster.scale = lambda count=1, *, jobs=None: scale(count if jobs is None else 1)
    return cluster


def measured(row: str, *_: object, share: int, **__: object) -> dict[str, Any]:
    """Stand in for the trainings of a study."""
    return {"row": row, "share": share, "galaxies": 20, "rate": 1e-3, "right": ["1" * 20]}


def run(line: str, monkeypatch: pytest.MonkeyPatch, root: Path) -> str:
    """Run a command in this process, and return what it prints."""
    monkeypatch.chdir(root)
    monkeypatch.setenv("GALAXY_DEVICE", "cpu")
    done = CliRunner().invoke(app, shlex.split(line)[1:], catch_exceptions=False)
    assert done.exit_code == 0, f"{line}\n{done.output}"
    return done.output


def write_catalogue(folder: Path) -> None:
    """A catalogue in HATS of six galaxies, whose pictures lie in it."""
    import lsdb
    import pandas as pd

    places = {"ra": np.arange(6) * 50.0, "dec": np.arange(6) * 10.0}
    frame = pd.DataFrame({"path": [f"{number:03d}.png" for number in range(6)], **places})
    made = lsdb.from_dataframe(frame, ra_column="ra", dec_column="dec", margin_threshold=None)
    made.write_catalog(folder, as_collection=False, progress_bar=False, catalog_name="catalogue")
    write_pictures(folder, galaxies(6))


LSDB = (
    pytest.mark.skipif(importlib.util.find_spec("lsdb") is None, reason="lsdb is not installed"),
    pytest.mark.filterwarnings("ignore"),  # lsdb's own
)


@pytest.mark.parametrize(
    ("page", "line"),
    [pytest.param(*one, id=one[1][:60], marks=LSDB if ".hats" in one[1] else ()) for one in LINES],
)
def test_a_command_of_the_documentation_runs(
    page: str, line: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(page)  # shown where the command fails
    root = tmp_path / "repository"
    shutil.copytree(repository, root)
    if ".hats" in line:
        write_catalogue(root / "catalogue.hats")
    if "--dask slurm" in line:
        monkeypatch.setattr("dask_jobqueue.SLURMCluster", local_jobs)
    if "study" in line:
        monkeypatch.setattr("galaxy.recipes.label_study.measure", measured)
        # The galaxies here are fewer and smaller than those that the command is meant for.
        monkeypatch.setattr("galaxy.recipes.label_study.take_share", lambda *_, **__: None)
        monkeypatch.setattr("galaxy.workbench.label_study_command._unfit", lambda *_: None)
    if "manifest verify" in line:  # of the page's file of pictures
        run("galaxy import pictures --output my_survey.h5", monkeypatch, root)
        (root / "my_split.csv").write_text(
            "row,split\n" + "".join(f"{row},{'test' if row in (0, 6) else 'train'}\n" for row in range(12))
        )
    printed = run(line, monkeypatch, root)
    assert re.search(SAYS.get(line, ""), printed), printed
    for output in re.findall(r"--(?:output|sheet) (\S+)", line):
        assert (root / output).exists()
        assert output in printed


def test_the_page_that_classifies_answers_as_documented(repository: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve, ask = SERVING
    shutil.copytree(repository, tmp_path / "repository")
    words = [sys.executable, "-m", "galaxy.cli", *shlex.split(serve)[1:], "--port", str(port)]
    environment = clean_environment() | {"PYTHONPATH": str(ROOT), "GALAXY_DEVICE": "cpu"}
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(words, cwd=tmp_path / "repository", env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            request = [
                *shlex.split(ask.replace(":8000", f":{port}")),
                "--silent",
                "--retry",
                "60",
                "--retry-connrefused",
            ]
            done = subprocess.run(request, cwd=repository, capture_output=True, text=True, check=False)
        finally:
            server.terminate()
    assert done.returncode == 0, (tmp_path / "log").read_text()
    (found,) = json.loads(done.stdout)["results"]
    assert found["id"] == "galaxy.png"
    assert set(found["probabilities"]) == set(NAMES)
