import math

from galaxy.report.page import link_addresses
from galaxy.report.sky_viewer import position_text, viewer_address


def test_addresses_become_links_and_the_rest_is_escaped() -> None:
    text = '<b> (https://doi.org/10.1000/a.b), arXiv:2102.08414; "https://example.org/x?a=1&b=2".'
    assert link_addresses(text) == (
        '&lt;b&gt; (<a href="https://doi.org/10.1000/a.b" rel="noopener">https://doi.org/10.1000/a.b</a>), '
        '<a href="https://arxiv.org/abs/2102.08414" rel="noopener">arXiv:2102.08414</a>; &#34;'
        '<a href="https://example.org/x?a=1&amp;b=2" rel="noopener">https://example.org/x?a=1&amp;b=2</a>&#34;.'
    )
    assert link_addresses("javascript:alert(1)") == "javascript:alert(1)"


def test_positions_by_hand() -> None:
    assert position_text(184.12345, -2.5) == "ra 184.1234, dec -2.5000"
    assert viewer_address(184.12345, -2.5).endswith("?ra=184.12345&dec=-2.50000&layer=ls-dr9&zoom=15")
    assert position_text(math.nan, math.nan) == viewer_address(math.nan, 1.0) == ""
