import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from galaxy import read
from galaxy.errors import InputError
from tests.galaxy.predict.rows import galaxies, write_hdf5, write_pictures


def test_pictures_of_every_form_are_read(tmp_path: Path) -> None:
    images = galaxies(3)
    write_pictures(tmp_path / "png", images)
    write_hdf5(tmp_path / "all.h5", images)
    (tmp_path / "table.csv").write_text("id,path,ra,dec,z\nA,png/000.png,1.5,-2,0.1\nB,png/none.png,,,\n")
    pictures = list(read(tmp_path / "png", str(tmp_path / "all.h5"), tmp_path / "table.csv"))
    assert len(pictures) == 8
    for picture, image in zip(pictures[:6], [*images, *images], strict=True):
        assert picture.image is not None
        np.testing.assert_array_equal(picture.image, image)
    assert (pictures[6].id, pictures[6].ra, pictures[6].dec, pictures[6].further) == ("A", 1.5, -2, {"z": "0.1"})
    assert pictures[7].image is None
    assert pictures[7].reason == "cannot be read (No such file or directory)"


def test_fits_cutouts_have_bands_and_a_stretch(tmp_path: Path) -> None:
    header = fits.Header({"BANDS": "irg"})
    fits.writeto(tmp_path / "a.fits", np.full((3, 16, 16), 0.01, dtype=np.float32), header)
    plain, bright = (next(read(tmp_path / "a.fits", bands="gri", stretch=factor)).image for factor in (1, 10))
    assert plain is not None
    assert bright is not None
    assert bright.mean() > plain.mean()
    (missing,) = read(tmp_path / "a.fits")
    assert missing.reason.startswith("3 planes in the bands i, r, g; g, r, z are needed")


def test_inputs_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no input was given"):
        next(read())
    with pytest.raises(InputError, match="No such file"):
        next(read(tmp_path / "absent"))


def test_reading_needs_no_torch() -> None:
    code = "import sys; from galaxy import read; read; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
