from math import nan

import pytest

from galaxy.report.sky_viewer import position_text, viewer_address


def test_a_position_is_shown_and_linked() -> None:
    assert position_text(184.5, -12.25) == "ra 184.5000, dec -12.2500"
    assert "ra=184.50000&dec=-12.25000&" in viewer_address(184.5, -12.25)


@pytest.mark.parametrize("place", [(nan, 1.0), (1.0, nan), (nan, nan)])
def test_an_unknown_position_is_empty(place: tuple[float, float]) -> None:
    assert position_text(*place) == ""
    assert viewer_address(*place) == ""


def test_a_position_that_is_none_on_the_sky_has_no_address() -> None:
    assert viewer_address(1.0, 90.1) == ""
    assert viewer_address(360.1, 1.0) == ""
    assert viewer_address(-180.1, 1.0) == ""
    assert viewer_address(-0.5, 1.0) != ""
    assert viewer_address(1.0, -90.0) != ""
