from pathlib import Path

import pytest

from galaxy.errors import InputError
from tests.galaxy.predict.readers.inputs import IMAGES, read
from tests.galaxy.predict.rows import write_hdf5


def test_doubled_ids_in_a_file_are_refused(tmp_path: Path) -> None:
    import h5py

    write_hdf5(tmp_path / "a.h5", IMAGES)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["id"] = [1, 2, 2, 3, 4]
    with pytest.raises(InputError, match="id 2 occurs more than once"):
        read(tmp_path / "a.h5")
