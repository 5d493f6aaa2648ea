from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from galaxy.predict.readers.open_inputs import open_inputs
from tests.galaxy.predict.readers.inputs import IMAGES, assert_images, read
from tests.galaxy.predict.rows import write_pictures


def test_positions_may_be_sexagesimal(tmp_path: Path) -> None:
    write_pictures(tmp_path / "all", IMAGES)
    rows = ["10:00:24, -00:30:36", "150.1, +2d12m00s", "10h 00m 24s, 2 12 0", "somewhere, 2.2", ", nan"]
    lines = [f"all/00{number}.png, {row}\n" for number, row in enumerate(rows)]
    (tmp_path / "table.csv").write_text("path, ra, dec\n" + "".join(lines))
    pictures = read(tmp_path / "table.csv")
    assert_images(pictures)
    found = [[picture.ra, picture.dec] for picture in pictures]
    nan = float("nan")
    expected = [[150.1, -0.51], [150.1, 2.2], [150.1, 2.2], [nan, 2.2], [nan, nan]]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    assert ["position cannot be read" in picture.checks for picture in pictures] == [False, False, False, True, False]


@pytest.mark.parametrize("scale", ["0", "-0.262", "inf", "nan", "", "unknown"])
def test_a_number_that_is_no_pixel_scale_counts_as_unknown(tmp_path: Path, scale: str) -> None:
    write_pictures(tmp_path, IMAGES[:1])
    fits.writeto(tmp_path / "cube.fits", np.full((3, 32, 32), 0.1, dtype=np.float32))
    (tmp_path / "table.csv").write_text(f"path,pxscale\n000.png,{scale}\ncube.fits,{scale}\n")
    for picture in read(tmp_path / "table.csv"):
        assert np.isnan(picture.pixel_scale)
        assert picture.image is not None


@pytest.mark.parametrize("address", ["https://example.org/m31.png", "file:///data/m31.png", "S3://bucket/m31.fits"])
def test_addresses_are_not_fetched(tmp_path: Path, address: str) -> None:
    (tmp_path / "table.csv").write_text(f"id,url\n1,{address}\n")
    (picture,) = read(tmp_path / "table.csv")
    assert picture.reason.startswith("an address, from which nothing is fetched; download the picture")
    # A resumed run compares the two, and makes rows again whose pictures have changed.
    with ExitStack() as stack:
        table = open_inputs([tmp_path / "table.csv"], stack=stack)
        assert list(table.states()) == [picture.state]
