import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from galaxy.hdf5_sink import Hdf5Sink


def test_a_file_written_through_it_is_read_back(tmp_path: Path) -> None:
    sink = Hdf5Sink(tmp_path / "a.h5")
    with h5py.File(sink, "w") as file:
        file["x"] = np.arange(10_000)
    sink.check()
    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["x"][:], np.arange(10_000))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_raised_by_check_alone() -> None:
    sink = Hdf5Sink(Path("/dev/full"))
    assert sink.write(b"1234") == 4  # HDF5 is told that all is written
    assert sink.write(b"1234") == 4
    with pytest.raises(OSError, match=os.strerror(28)):
        sink.check()


def test_bytes_that_were_discarded_are_read_as_zeros(tmp_path: Path) -> None:
    sink = Hdf5Sink(tmp_path / "a")
    sink.write(b"ab")
    sink.seek(0)
    buffer = bytearray(b"xxxx")
    assert sink.readinto(buffer) == 4
    assert bytes(buffer) == b"ab\0\0"
