"""With the settings that `galaxy import` prints, `galaxy check` finds no problem."""

from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from galaxy.workbench.check import check_params
from galaxy.workbench.import_pictures import Imported
from galaxy.workbench.import_settings import fitting_settings
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
