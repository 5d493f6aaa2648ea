from typing import Any, cast

from galaxy.predict.options import Options
from galaxy.predict.serve.look import Looker


def test_bands_may_be_given_in_any_case() -> None:
    row: Any = cast("Any", None)  # grouping does not need it
    looker = Looker(row, options=Options(bands="GRZ"), reference=None, training=None)
    assert looker.grouped(["m31-z.fits", "m31-g.fits", "m31-r.fits"]) == [("m31.fits", [1, 2, 0])]
