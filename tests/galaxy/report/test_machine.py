import json

import pytest

from galaxy.report.machine import machine_script
from galaxy.report.quantities import MISSING, big_number, duration

PAGE = f'<html><meta name="digest" content="{"ab" * 32}"></html>'


def test_the_script_names_its_page_and_quotes_everything() -> None:
    evil = "</script><script>alert(1)</script>\u2028\"'"
    text = machine_script(
        PAGE, facts=[("Machine", evil)], notes=[evil], settings=[(evil, "8", "100")], training={evil: 75.4}
    )
    found = json.loads(text.removeprefix("window.machine = ").removesuffix(";\n"))
    assert found["page"] == "ab" * 32
    assert found["facts"] == [["Machine", evil]]
    assert found["training"] == {evil: ["1 min 15 s", 75.4]}
    assert text.isascii()


def test_a_page_without_a_digest_is_refused() -> None:
    with pytest.raises(ValueError, match="no digest"):
        machine_script("<p>other</p>", facts=[], notes=[], settings=[], training={})


def test_quantities_by_hand() -> None:
    assert [duration(s) for s in (0.04, 8.44, 9.97, 59.6, 200, 3599.6, 7500)] == [
        "0.0 s",
        "8.4 s",
        "10 s",
        "1 min 0 s",
        "3 min 20 s",
        "1 h 0 min",
        "2 h 5 min",
    ]
    assert [big_number(v) for v in (None, 12.345, 1830.0, 19.2e6, 3e9)] == [MISSING, "12.3", "1.83 k", "19.2 M", "3 G"]
