import pytest

from galaxy.report.quantities import MISSING, big_number, duration
from galaxy.report.run import insert_run

BODY = """<dl><!--run:facts--><!--/run--></dl><!--run:notes-->not
here<!--/run--><table><tr><!--run:head--><!--/run--></tr>
<tr><td>a</td><!--run:cells a--><!--/run--></tr><tr><td>&lt;b&gt;--</td><!--run:cells &lt;b&gt;----><!--/run--></tr>
</table>"""


def fill(body: str, **changes: object) -> str:
    given: dict[str, object] = {"facts": [], "notes": [], "settings": [], "unknown": [], "costs": {}}
    return insert_run(body, **(given | changes))  # type: ignore[arg-type]


def test_every_place_is_filled() -> None:
    costs = {"a": {"training_seconds": 3.0}, "<b>--": {"images_per_second": 1500.0}}
    page = fill(BODY, facts=[("Machine", "one")], notes=["a note"], unknown=["train"], costs=costs)
    assert "run:" not in page
    assert "not\nhere" not in page
    assert "<dt>Machine</dt><dd>one</dd>" in page
    assert "a note" in page
    assert page.count("<th ") == 2
    first, second = page.split("<td>a</td>")[1].split("<td>&lt;b&gt;--</td>")
    assert ">3.0 s</td>" in first
    assert "1.5 k" not in first
    assert ">1.5 k</td>" in second


def test_nothing_known_leaves_dashes() -> None:
    page = fill(BODY)
    assert page.count(f">{MISSING}</td>") == 4
    assert "<details>" not in page


def test_texts_are_escaped() -> None:
    evil = "<script>alert(1)</script>"
    page = fill(BODY, facts=[(evil, evil)], notes=[evil], unknown=[evil])
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 4


def test_a_page_without_places_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        fill("<p>other</p>")


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


def test_settings_are_listed_beside_those_of_the_protocol() -> None:
    page = fill(BODY, settings=[("train.epochs", "8", "100"), ("<i>", "1", "2")])
    assert "All settings that differ from the report's protocol: 2" in page.replace("&#39;", "'")
    assert '<th scope="row">train.epochs</th><td class="left">8</td><td class="left">100</td>' in page
    assert "<i>" not in page
