"""Every command of the README, run in a tiny clone; what stands in for what this machine lacks is named here."""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from galaxy.workbench.plots import read_charts
from tests.picture import WIDTH, picture, save
from tests.readme import README, TABLE, Fence, fences, inline_commands, table
from tests.root import ROOT
from tests.stages.browser import CHROMIUM
from tests.tiny_clone import clean_environment, command, copy_clone

pytestmark = pytest.mark.timeout(900)

TEXT = README.read_text(encoding="utf-8")
FENCES = fences(TEXT)
SWEEP = next(fence for fence in FENCES if any("--queue" in line for line in fence.lines))
"""Run by the fixture `swept`, which test_experiments.py looks at, too."""

STAND_INS = {"split.size=128": "split.size=32", "/srv/galaxy-cache": "../store", "VENV=path": f"VENV={sys.prefix}"}
"""Smaller images, a folder of the test, the environment of the test."""

SAYS = {
    "make repro": "Data and pipelines are up to date",
    "make test": "passed",
    "galaxy profile paper": "download.source: rendered -> galaxy10",
    "galaxy profile default": "download.source: galaxy10 -> rendered",
    "make experiments": "models|train.lr",
    "dvc metrics diff main fast": "metrics.json",
    "galaxy plots slow fast": "dvc_plots/index.html",
    "galaxy verify": "every file is what SHA256SUMS records",
    "galaxy predict custom new_galaxies.h5 --output classes.csv": "3 images classified by custom",
    "dvc push": "pushed",
    "GALAXY_PROCESSES=2 dvc repro": "Data and pipelines are up to date",
}
"""A pattern in what commands print."""


def prepare(folder: Path) -> Path:
    """Put in place what the commands find on a person's machine."""
    (folder / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != ".installed":
            (folder / ".venv" / entry.name).symlink_to(entry)
    galaxy = folder.parent / "bin" / "galaxy"
    galaxy.parent.mkdir()
    galaxy.write_text('#!/bin/sh\nexec python -m galaxy.cli "$@"\n')
    galaxy.chmod(0o755)
    shutil.copy2(folder / "data" / "galaxies.h5", folder / "my_survey.h5")
    with h5py.File(folder / "new_galaxies.h5", "w") as file:
        file["images"] = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3), dtype=np.uint8)
    return folder


@pytest.fixture(scope="module")
def workshop(swept: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(copy_clone(swept, tmp_path_factory.mktemp("readme") / "clone"))


@pytest.fixture
def clone(workshop: Path) -> Iterator[Path]:
    """Each section starts from the committed state."""
    (workshop / ".venv" / ".installed").touch()  # newer than requirements.lock: nothing is installed
    yield workshop
    command("git", "checkout", "--quiet", "--force", "main", cwd=workshop)
    command("dvc", "checkout", "--quiet", "--force", cwd=workshop)


def run(line: str, clone: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a line as a person does, the environment activated."""
    for text, other in STAND_INS.items():
        line = line.replace(text, other)
    env = clean_environment() | {"COLUMNS": "250"} | extra  # DVC leaves out columns of tables that are too wide
    script = f"source .venv/bin/activate\nexport PATH={clone.parent / 'bin'}:$PATH\n{line}\n"
    return subprocess.run(["bash", "-c", script], cwd=clone, env=env, capture_output=True, text=True, check=False)


def check(line: str, clone: Path, **extra: str) -> None:
    done = run(line, clone, **extra)
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    assert re.search(SAYS.get(line, ""), done.stdout + done.stderr), f"{line}\n{done.stdout}\n{done.stderr}"


def offline_repro(line: str, clone: Path) -> None:
    """The paper profile asks for 2.7 GB, which no test fetches: all that is missing is named in one list."""
    done = run(line, clone, GALAXY10_FILE=str(clone / "nothing.h5"), HF_HUB_OFFLINE="1")
    errors = [text for text in done.stderr.splitlines() if text.startswith("ERROR: ")]  # as under DVC
    assert done.returncode != 0
    assert sum("nothing.h5" in text for text in errors) == 1, done.stderr
    assert "Traceback" not in done.stderr


def mlflow_ui(line: str, clone: Path) -> None:
    """A server: the first address that it prints is the list of runs, it has to answer, then it is ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = clean_environment() | {"PORT": str(port)}
    with subprocess.Popen(
        line.split(),
        cwd=clone,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as server:
        try:
            assert server.stdout is not None
            base = f"http://127.0.0.1:{port}"
            first = next((text for text in server.stdout if base in text), "")
            assert first.startswith(f"{base}/#/experiments/"), first
            with urllib.request.urlopen(f"{base}/health") as answer:  # noqa: S310
                assert answer.read() == b"OK"
        finally:
            os.killpg(server.pid, 15)


def add_model(fence: Fence, clone: Path) -> None:
    """What a person types into params.yaml."""
    yaml = YAML()
    document = yaml.load(clone / "params.yaml")
    document["models"] |= YAML(typ="safe").load("\n".join(fence.lines))["models"]
    yaml.dump(document, clone / "params.yaml")


def queued(line: str, clone: Path) -> None:
    """Run by the fixture: `swept` holds what came of it."""
    listed = command("dvc", "exp", "list", "--name-only", cwd=clone).split()
    assert {"slow", "fast"} == set(listed)


def make_test(line: str, clone: Path) -> None:
    """The same target on one file of tests, or this test would start itself."""
    check(line, clone, PYTEST_ADDOPTS="tests/galaxy/test_checksums.py")


SPECIAL = {
    ("The report's protocol on the real data", "dvc repro"): offline_repro,
    (SWEEP.section, "make ui"): mlflow_ui,
    (FENCES[0].section, "make test"): make_test,
    **{(SWEEP.section, line): queued for line in SWEEP.lines},
}


def a_further_model(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 <= json.loads((clone / "metrics.json").read_text())["resnet18"]["accuracy"] <= 1
    assert "resnet18" in (clone / "report" / "summary.md").read_text()
    assert command("git", "diff", "--name-only", "dvc.yaml", cwd=clone) == ""
    monkeypatch.chdir(clone)
    for chart in read_charts([]).values():
        assert "resnet18" in {point["row"] for point in chart["data"]["values"]}
    # Git and DVC leave behind what the state before does not know; the report would show it.
    for left in [*clone.glob("metrics/resnet18*"), *clone.glob("data/*/resnet18*")]:
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def own_images(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = json.loads((clone / "metrics" / "audit.json").read_text())
    assert "my_survey.h5" in (clone / "params.yaml").read_text()
    assert audit["galaxies"] == 120
    (name,) = set(command("dvc", "exp", "list", "--name-only", cwd=clone).split()) - {"slow", "fast"}
    command("dvc", "exp", "remove", name, cwd=clone)  # what differs from it would widen the sweep's table


def sharing(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(list((clone.parent / "store").rglob("*.dir"))) > 5


AFTERWARDS: dict[str, Any] = {
    "A further model": a_further_model,
    "Own images": own_images,
    "Sharing what was computed": sharing,
}


@pytest.mark.parametrize("section", dict.fromkeys(fence.section for fence in FENCES))
def test_commands_of_the_section_do_what_it_says(section: str, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for fence in FENCES:
        if fence.section != section:
            continue
        assert fence.language in {"sh", "yaml"}, "the test must know whether these are commands"
        if fence.language == "yaml":
            add_model(fence, clone)
            continue
        for line in fence.lines:
            SPECIAL.get((section, line), check)(line, clone)
    if section in AFTERWARDS:
        AFTERWARDS[section](clone, monkeypatch)


def test_commands_in_sentences_work(clone: Path) -> None:
    already = {line for fence in FENCES for line in fence.lines}
    for line in dict.fromkeys(inline_commands(TEXT)):
        if line not in already:
            check("python -m galaxy.cli --help" if line == "python -m galaxy.cli" else line, clone)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
def test_the_picture_shows_data_and_table_of_the_page(clone: Path, tmp_path: Path) -> None:
    save(asyncio.run(picture(clone / "report" / "index.html")), tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as image:
        assert image.width == WIDTH
        assert WIDTH / 2 < image.height < 2 * WIDTH
        assert len(np.unique(np.asarray(image).reshape(-1, 3), axis=0)) > 1000  # galaxies, not an empty page
    assert (ROOT / "docs" / "page.png").stat().st_size < 1_000_000


def test_the_table_is_that_of_the_recorded_run() -> None:
    found = TABLE.search(TEXT)
    assert found
    assert found[2] == table(), "run `make readme`"


def test_the_table_holds_the_metrics() -> None:
    metrics = json.loads((ROOT / "metrics" / "custom.json").read_text())
    (line,) = [line for line in table().splitlines() if line.startswith("| custom |")]
    assert f"{100 * metrics['accuracy']:.1f}%" in line
    assert f"{metrics['macro_f1']:.3f}" in line
    assert line.endswith("| 76% | 0.929 |")


def test_links_inside_the_repository_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", TEXT, re.M)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert target[1:] in headings
        elif "://" not in target:
            assert (ROOT / target).exists(), target


def test_targets_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in (README, *(ROOT / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        lines = [line for fence in fences(text) for line in fence.lines] + inline_commands(text)
        assert {words[1] for words in map(str.split, lines) if words[0] == "make"} <= targets, path
