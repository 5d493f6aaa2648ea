"""What an installation without extras does: here the packages of the extras cannot be imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.galaxy.predict.rows import galaxies, make_row, write_pictures
from tests.root import ROOT

SCRIPT = """
import sys
from galaxy.workbench.missing_package import EXTRAS

of_torch = {"jinja2", "markupsafe"}
absent = {package for packages in EXTRAS.values() for package in packages} - of_torch

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from galaxy.cli import main
main()
"""


def galaxy(folder: Path, *words: str) -> tuple[int, str]:
    """Exit status and what is printed by a command of a core installation."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_pictures_are_classified(tmp_path: Path) -> None:
    row = make_row(tmp_path)
    write_pictures(tmp_path / "png", galaxies(2))
    status, said = galaxy(tmp_path, "predict", str(row), "png", "--output", "classes.csv")
    assert (status, said.splitlines()[-1].partition(", which")[0]) == (
        0,
        "classes.csv: 2 images classified by " + str(row),
    )
    assert (tmp_path / "classes.csv").read_text().count("class ") >= 2


def test_device_and_batch_size_are_options(tmp_path: Path) -> None:
    row = make_row(tmp_path)
    write_pictures(tmp_path / "png", galaxies(2))
    words = ("predict", str(row), "png", "--output", "classes.csv")
    status, said = galaxy(tmp_path, *words, "--device", "tpu")
    assert status == 1
    assert said.count("\n") == 1
    assert "--device is 'tpu', a device that is not here; allowed are cpu" in said
    assert not (tmp_path / "classes.csv").exists()
    assert galaxy(tmp_path, *words, "--device", "cpu", "--batch-size", "1")[0] == 0
    assert len((tmp_path / "classes.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "package", "extra"),
    [(["labels", "--output", "l.csv"], "scipy", "pipeline"), (["page"], "ruamel", "pipeline")],
)
def test_a_command_that_needs_more_says_what_to_install(
    words: list[str], package: str, extra: str, tmp_path: Path
) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    status, said = galaxy(tmp_path, *words)
    assert status == 1
    assert said == (
        f"error: this command needs {package}, which is not installed: "
        f"pip install 'galaxy-morphology-benchmark[{extra}]'\n"
    )
