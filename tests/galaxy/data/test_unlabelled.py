from pathlib import Path

import h5py
import pytest

from galaxy.data.unlabelled import open_unlabelled
from galaxy.errors import InputError
from tests.galaxy_files import write_galaxies


def test_a_file_without_images_does_not_ask_for_labels(tmp_path: Path) -> None:
    path = write_galaxies(tmp_path / "own.h5", labels=[0, 1])
    with h5py.File(path, "r+") as file:
        del file["images"], file["ans"]
    with pytest.raises(InputError, match="no data set 'images'") as caught, open_unlabelled(path):
        pass
    assert "ans" not in str(caught.value)
