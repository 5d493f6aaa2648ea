import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from galaxy.report.machine import machine_script
from galaxy.report.study_page import study_section
from tests.stages.browser import CHROMIUM, Tab, browser
from tests.stages.test_report import evaluated, page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
__all__ = ["evaluated", "page"]

T = TypeVar("T")

OVERFLOWING = """
[...document.querySelectorAll("body *")].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !element.closest(".scroll, nav, .visually-hidden, .skip");
}).map((element) => element.outerHTML.slice(0, 120))
"""

# Contrast of every text with what lies behind it, by the formula of the Web Content Accessibility Guidelines 2.2.
FAINT = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("script, style, title, .visually-hidden")) continue;
    const style = getComputedStyle(element);
    const ink = rgba(element.closest("svg") ? style.fill : style.color);
    const [high, low] = [light(ink), light(behind(element))].sort((a, b) => b - a);
    if ((high + 0.05) / (low + 0.05) < 4.5)
      found.add(`${((high + 0.05) / (low + 0.05)).toFixed(2)} ${element.outerHTML.slice(0, 100)}`);
  }
  return [...found].slice(0, 10);
})()
"""

STUDY = [
    {"row": row, "share": share, "accuracy": share / 2, "half": 0.02}
    for row in ("custom-scratch", "vgg-rendered-deep")
    for share in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
]

COLUMN = "[...document.querySelectorAll('#results tbody tr')].map((row) => row.cells[%d].dataset.value)"


@pytest.fixture(scope="module")
def visit(page: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Tab, str], Awaitable[T]]], T]:
    """Run something in a browser that can open the page."""
    path = tmp_path_factory.mktemp("browser") / "index.html"
    path.write_text(page)
    script = machine_script(
        page,
        facts=[("Machine", "<b>one</b>")],
        notes=["a note"],
        settings=[("train.epochs", "8", "100")],
        training={"custom": 75.4, "vgg11-deep": 3.0},
        galaxies_map="map.html",
        label_study=study_section(STUDY, ["Transfer pays."], notes=["One seed."]),
    )
    (path.parent / "machine.js").write_text(script)

    def run(action: Callable[[Tab, str], Awaitable[T]]) -> T:
        async def session() -> T:
            async with browser(tmp_path_factory.mktemp("profile")) as tab:
                return await action(tab, path.as_uri())

        return asyncio.run(session())

    return run


Visit = Callable[[Callable[[Tab, str], Awaitable[None]]], None]


def test_fits_phones_and_desktops_in_both_schemes(visit: Visit) -> None:
    async def check(tab: Tab, address: str) -> None:
        for width in (360, 1400):
            for dark in (False, True):
                await tab.open(address, width=width, dark=dark)
                await tab.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
                assert await tab.run("innerWidth") == width
                assert await tab.run("document.scrollingElement.scrollWidth") <= width
                assert await tab.run(OVERFLOWING) == []
                assert await tab.run(FAINT) == []
                assert tab.complaints() == []
                assert tab.requests() == [address, address.replace("index.html", "machine.js")]

    visit(check)


def test_sorts_by_keyboard(visit: Visit) -> None:
    async def check(tab: Tab, address: str) -> None:
        await tab.open(address, width=1400)
        header = "document.querySelectorAll('#results thead th')[%d]"
        before = await tab.run(COLUMN % 1)
        await tab.run(f"{header % 1}.querySelector('button').focus()")
        await tab.press("Enter", 13)
        values = [float(value) for value in await tab.run(COLUMN % 1)]
        assert values == sorted(map(float, before), reverse=True)
        assert await tab.run(f"{header % 1}.getAttribute('aria-sort')") == "descending"
        assert "sorted by Accuracy" in await tab.run("document.getElementById('sorted').textContent")
        await tab.press("Enter", 13)
        assert [float(value) for value in await tab.run(COLUMN % 1)] == sorted(values)

        await tab.run(f"{header % 2}.querySelector('button').click()")
        published = await tab.run(COLUMN % 2)
        assert published == ["0.76", "0.74", "0.73", "0.58", "0.16", "0.16", "", ""]  # rows without a figure come last
        assert await tab.run(f"{header % 1}.getAttribute('aria-sort')") is None
        await tab.run(f"{header % 0}.querySelector('button').click()")
        names = await tab.run("[...document.querySelectorAll('#results tbody th')].map((cell) => cell.innerText)")
        assert names[0].startswith("vgg11-shallow")
        assert tab.complaints() == []

    visit(check)


def test_every_link_leads_somewhere_and_can_be_reached(visit: Visit) -> None:
    async def check(tab: Tab, address: str) -> None:
        await tab.open(address, width=1400)
        await tab.press("Tab", 9)
        assert await tab.run("document.activeElement.className") == "skip"
        await tab.press("Enter", 13)
        assert await tab.run("location.hash") == "#table"
        dead = (
            "[...document.querySelectorAll('a[href^=\"#\"]')]"
            ".filter((a) => !document.querySelector(a.getAttribute('href'))).length"
        )
        assert await tab.run(dead) == 0
        linked = "[...document.querySelectorAll('#data a')].map((a) => [a.textContent, a.getAttribute('href')])"
        assert ["A map of the test galaxies", "map.html"] in await tab.run(linked)

    visit(check)


def test_prints(visit: Visit, tmp_path: Path) -> None:
    async def check(tab: Tab, address: str) -> None:
        await tab.open(address, width=1400)
        printed = await tab.call("Page.printToPDF", preferCSSPageSize=True)
        assert len(printed["data"]) > 50_000

    visit(check)


def test_links_of_the_bar_leave_their_heading_in_sight(visit: Visit) -> None:
    async def check(tab: Tab, address: str) -> None:
        for width in (360, 1400):
            await tab.open(address, width=width)
            await tab.run("document.documentElement.style.scrollBehavior = 'auto'")
            count = await tab.run("document.querySelectorAll('nav a').length")
            assert count == 14
            for k in range(count):
                await tab.run(f"document.querySelectorAll('nav a')[{k}].click()")
                room = await tab.run(
                    "document.querySelector(location.hash + ' h2').getBoundingClientRect().top"
                    " - document.querySelector('nav').getBoundingClientRect().bottom"
                )
                assert room >= 0, await tab.run("location.hash")

    visit(check)


def test_marks_of_the_clusters_are_on_the_screen_of_a_phone(visit: Visit) -> None:
    async def check(tab: Tab, address: str) -> None:
        for width, shown in ((360, ".narrow-only"), (1400, ".wide-only")):
            await tab.open(address, width=width)
            right = await tab.run(
                "[...document.querySelectorAll('#unsupervised " + shown + " svg.chart g > :not(title)')]"
                ".map((mark) => mark.getBoundingClientRect()).map((box) => box.width && box.right)"
            )
            assert len(right) > 10
            assert all(0 < value <= width for value in right)

    visit(check)


def test_the_first_figures_of_the_clusters_are_on_the_screen_of_a_phone(visit: Visit) -> None:
    async def check(tab: Tab, address: str) -> None:
        await tab.open(address, width=360)
        # However long the description of the weights in the same column is.
        right = await tab.run(
            "(() => { const cells = [...document.querySelectorAll('.readings td:first-of-type')];"
            " cells.at(-1).textContent = 'learnt from many pictures '.repeat(5);"
            " return cells.map((cell) => cell.getBoundingClientRect().right); })()"
        )
        assert len(right) > 10
        assert max(right) <= 360

    visit(check)


def test_a_picture_is_enlarged_by_keyboard(visit: Visit) -> None:
    async def check(tab: Tab, address: str) -> None:
        await tab.open(address, width=1400)
        button = "document.querySelector('#galleries button.zoom')"
        await tab.run(f"{button}.focus()")
        await tab.press("Enter", 13)
        assert await tab.run("document.getElementById('enlarged').open")
        shown = "document.querySelector('#enlarged img')"
        assert await tab.run(f"{shown}.src === {button}.querySelector('img').src")
        assert await tab.run(f"{shown}.getBoundingClientRect().width") > 400
        assert tab.complaints() == []

    visit(check)


def test_what_was_measured_stands_beside_its_own_page_alone(visit: Visit, tmp_path: Path) -> None:
    async def check(tab: Tab, address: str) -> None:
        facts = "[...document.querySelectorAll('#machine-facts dd')].map((fact) => fact.textContent)"
        await tab.open(address, width=1400)
        assert (await tab.run(facts))[0] == "<b>one</b>"
        assert "train.epochs" in await tab.run("document.getElementById('machine-notes').textContent")
        heading = "document.querySelector('#results thead tr').lastElementChild.querySelector('button')"
        await tab.run(f"{heading}.click()")
        rows = "[...document.querySelectorAll('#results tbody tr')].map((row) => row.lastElementChild.textContent)"
        assert (await tab.run(rows))[:2] == ["1 min 15 s", "3.0 s"]

        page = Path.from_uri(address) if hasattr(Path, "from_uri") else Path(address.removeprefix("file://"))
        other = tmp_path / "index.html"
        other.write_text(page.read_text().replace('name="digest" content="', 'name="digest" content="0'))
        await tab.open(other.as_uri(), width=1400)  # without machine.js
        assert "galaxy page" in await tab.run("document.getElementById('machine-notes').textContent")
        (tmp_path / "machine.js").write_text(page.with_name("machine.js").read_text())
        await tab.open(other.as_uri(), width=1400)  # with the one of another page
        assert "galaxy page" in await tab.run("document.getElementById('machine-notes').textContent")
        assert "<b>one</b>" not in await tab.run(facts)
        assert tab.complaints() == []

    visit(check)
