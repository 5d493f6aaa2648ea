import math
from pathlib import Path

import numpy as np
import pytest

from galaxy.data.galaxy_writer import CHUNK_ROWS, GalaxyWriter, new_galaxies
from galaxy.data.layout import open_galaxies
from galaxy.errors import InputError
from tests.galaxy_files import noise

COUNT = 2 * CHUNK_ROWS + 3


def fill(writer: GalaxyWriter) -> None:
    for number, image in enumerate(noise(COUNT, 8)):
        place = {"ra": 10.0 + number, "dec": math.nan if number == 1 else -number, "pixel_scale": 0.262}
        writer.append(image, label=number % 2, name=f"galaxy {number}", **place)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    with new_galaxies(tmp_path / "a.h5", size=8) as writer:
        fill(writer)
        assert len(writer) == COUNT
        writer.finish(["disc", "ring"])
    with open_galaxies(tmp_path / "a.h5") as found:
        np.testing.assert_array_equal(found.images[:], noise(COUNT, 8))
        assert found.label.tolist() == [number % 2 for number in range(COUNT)]
        assert found.class_names == ("disc", "ring")
        assert np.isnan(found.dec).tolist() == [number == 1 for number in range(COUNT)]


def test_the_same_galaxies_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.h5", "b.h5"):
        with new_galaxies(tmp_path / name, size=8) as writer:
            fill(writer)
            writer.finish(["disc", "ring"])
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def write_with_one_class(path: Path) -> None:
    with new_galaxies(path, size=8) as writer:
        fill(writer)
        writer.finish(["disc"])


def test_an_error_leaves_the_old_file_alone(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_text("old")
    with pytest.raises(InputError, match="1 class name"):
        write_with_one_class(tmp_path / "a.h5")
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    assert (tmp_path / "a.h5").read_text() == "old"
