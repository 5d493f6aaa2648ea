from pathlib import Path
from typing import Any

import pytest

from galaxy import read
from galaxy.errors import InputError
from galaxy.predict.options import Options
from tests.galaxy.predict.rows import galaxies, write_pictures


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bands": ""}, "bands is ''; give three different letters, such as grz"),
        ({"bands": "ggz"}, "bands is 'ggz'"),
        ({"bands": "g-z"}, "bands is 'g-z'"),
        ({"stretch": 0.0}, "stretch is 0.0; give a positive number"),
        ({"stretch": float("nan")}, "stretch is nan"),
        ({"stretch": float("inf")}, "stretch is inf"),
    ],
)
def test_options_that_give_no_colours_are_refused(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    write_pictures(tmp_path, galaxies(1))
    with pytest.raises(InputError, match=said):
        next(read(tmp_path, **given))
    with pytest.raises(InputError, match=said):
        Options(**given)


@pytest.mark.parametrize("scale", [0.0, -0.262, float("inf")])
def test_a_pixel_scale_is_a_positive_number(scale: float) -> None:
    with pytest.raises(InputError, match=f"pixel_scale is {scale}; give a positive number of arcseconds per pixel"):
        Options(pixel_scale=scale)
