"""With the settings that `galaxy import` prints, `galaxy check` finds no problem."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from galaxy.workbench.check import check_params
from galaxy.workbench.import_pictures import Imported
from galaxy.workbench.import_settings import describe_import, fitting_settings
from tests.galaxy_files import write_galaxies
from tests.root import ROOT


@pytest.mark.parametrize("count", [10, 24, 60, 400])
@pytest.mark.parametrize("size", [64, 150])
def test_settings_fit_files_of_any_number_of_galaxies(tmp_path: Path, count: int, size: int) -> None:
    write_galaxies(tmp_path / "my.h5", labels=np.arange(count) % 2, size=size)
    imported = Imported(classes={"a": count // 2, "b": count // 2}, size=size, unreadable=[])
    yaml = YAML()
    params = yaml.load(ROOT / "params.yaml")
    for key, value in fitting_settings(imported, tmp_path / "my.h5", params).items():
        section, name = key.split(".")
        params[section][name] = value
    yaml.dump(params, tmp_path / "params.yaml")
    check_params(tmp_path / "params.yaml", environment=False)


@pytest.mark.parametrize("content", [{}, {"train": [1]}, {"train": None, "split": 3}, {"train": {"batch_size": "all"}}])
def test_settings_of_a_wrong_type_count_as_absent(tmp_path: Path, content: dict[str, Any]) -> None:
    imported = Imported(classes={"a": 2000, "b": 2000}, size=64, unreadable=[])
    assert fitting_settings(imported, tmp_path / "my.h5", content)["train.batch_size"] == 64


def test_a_relative_output_is_named_from_the_folder_of_the_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = Imported(classes={"a": 20, "b": 20}, size=64, unreadable=[])
    (tmp_path / "docs").mkdir()
    for folder, params, output in (
        (tmp_path, Path("params.yaml"), "my.h5"),
        (tmp_path / "docs", tmp_path / "params.yaml", "docs/my.h5"),
        (tmp_path / "docs", Path("params.yaml"), "my.h5"),
    ):
        monkeypatch.chdir(folder)
        lines = describe_import(imported, Path("my.h5"), params, {}).splitlines()
        assert f'  download.source: "{output}"' in lines
    assert f'  download.source: "{tmp_path / "my.h5"}"' in describe_import(imported, tmp_path / "my.h5", params, {})


def test_parameters_that_cannot_be_read_are_refused_before_anything_is_imported(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("trian: {}\n")
    words = ["import", "pictures", "--output", "my.h5", "--params", "params.yaml"]
    command = [sys.executable, "-P", "-m", "galaxy.cli", *words]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: params.yaml: unknown section 'trian'")
