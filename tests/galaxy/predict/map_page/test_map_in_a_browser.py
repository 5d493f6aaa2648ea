import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from galaxy.predict.map_page.atlas import Atlas
from galaxy.predict.map_page.collection import Collection
from galaxy.predict.map_page.render_map import map_page
from tests.stages.browser import CHROMIUM, Tab, browser
from tests.stages.test_report_in_a_browser import FAINT, OVERFLOWING

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")

COUNT = 400
GENERATOR = np.random.default_rng(0)
PLANE = GENERATOR.normal(size=(COUNT, 2))
COLOURS = GENERATOR.integers(30, 225, (COUNT, 3), dtype=np.uint8)
CLASSES = ["smooth", "a <b>bold</b> class", "spiral"]
LABEL = GENERATOR.integers(0, 3, COUNT)
IDS = [f"galaxy {number}" + (', "odd"' if number == 7 else "") for number in range(COUNT)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = Collection(Atlas(COUNT, size=24))
    for number in range(COUNT):
        found.atlas.add(np.broadcast_to(COLOURS[number], (24, 24, 3)).copy())
    found.id = list(IDS)
    found.ra = [10.0] * COUNT
    found.dec = [None] * COUNT
    found.ra[0], found.dec[0] = 150.1, 2.2
    found.predicted = LABEL.tolist()
    found.confidence = np.linspace(0.2, 0.9, COUNT).tolist()
    page = map_page(
        found,
        PLANE,
        LABEL,
        classes=CLASSES,
        known={"split": {IDS[0]: "train", IDS[1]: "</script>"}},
        class_column=None,
        on_sky=True,
        title="Map of <i>few</i>",
        note="note",
    )
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text(page)
    return path.as_uri()


Visit = Callable[[Callable[[Tab], Awaitable[None]]], None]


@pytest.fixture
def visit(address: str, tmp_path: Path) -> Visit:
    def run(action: Callable[[Tab], Awaitable[None]]) -> None:
        async def session() -> None:
            async with browser(tmp_path) as tab:
                await tab.open(address, width=1280)
                await action(tab)
                assert tab.complaints() == []

        asyncio.run(session())

    return run


async def mouse(tab: Tab, kind: str, x: float, y: float) -> None:
    held = {"button": "left", "buttons": 1, "clickCount": 1} if kind != "mouseMoved" else {}
    await tab.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **held)


async def drag(tab: Tab, points: list[tuple[float, float]]) -> None:
    await mouse(tab, "mousePressed", *points[0])
    for x, y in points[1:]:
        await tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left", buttons=1)
    await mouse(tab, "mouseReleased", *points[-1])


PIXEL = """
(() => {
  const brush = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  brush.drawImage(byId("thumbnail"), 80, 80, 1, 1, 0, 0, 1, 1);
  return [...brush.getImageData(0, 0, 1, 1).data];
})()
"""

PLACE = "[px(%d), py(%d)].map((v, k) => v + canvas.getBoundingClientRect()[k ? 'top' : 'left'])"


def test_fits_phones_and_desktops_in_both_schemes(visit: Visit, address: str) -> None:
    async def check(tab: Tab) -> None:
        for width in (360, 1280):
            for dark in (False, True):
                await tab.open(address, width=width, dark=dark)
                assert await tab.run("document.scrollingElement.scrollWidth") <= width
                assert await tab.run(OVERFLOWING) == []
                assert await tab.run(FAINT) == []
                assert tab.requests() == [address]
        assert await tab.run("document.querySelector('h1').textContent") == "Map of <i>few</i>"

    visit(check)


def test_the_galaxy_under_the_pointer_is_shown(visit: Visit) -> None:
    async def check(tab: Tab) -> None:
        for number in (0, 7, 399):
            await tab.run("whole()")
            await tab.run(f"zoomAt(px({number}), py({number}), 40)")  # so that no other galaxy is as near
            x, y = await tab.run(PLACE % (number, number))
            await mouse(tab, "mouseMoved", x + 2, y - 2)
            facts = await tab.run("[...document.querySelectorAll('#facts dd')].map((fact) => fact.textContent)")
            assert facts[0] == IDS[number]
            assert CLASSES[LABEL[number]] in facts
            pixel = await tab.run(PIXEL)
            np.testing.assert_allclose(pixel[:3], COLOURS[number], atol=12)  # WebP loses a little
            assert (await tab.run("document.querySelectorAll('#facts a').length")) == (1 if number == 0 else 0)
        assert await tab.run("document.querySelectorAll('#facts b').length") == 0

    visit(check)


def test_a_map_without_room_is_drawn_when_there_is_some(visit: Visit) -> None:
    painted = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

    async def check(tab: Tab) -> None:
        await tab.run("canvas.style.display = 'none'; draw()")
        await tab.run(painted)
        await tab.run("canvas.style.display = ''")
        await tab.run(painted)
        assert await tab.run("canvas.width === Math.round(canvas.clientWidth * devicePixelRatio)")

    visit(check)


def test_looking_up_in_the_grid_finds_what_a_search_through_all_finds(visit: Visit) -> None:
    async def check(tab: Tab) -> None:
        wrong = """
        (() => { let wrong = 0; for (const zoom of [1, 3, 9]) { whole(); zoomAt(500, 300, zoom);
          for (let k = 0; k < 500; k++) {
            const x = (k * 37) % canvas.clientWidth, y = (k * 91) % canvas.clientHeight;
            let best = -1, least = 22;
            for (let i = 0; i < count; i++) {
              const away = Math.hypot(px(i) - x, py(i) - y);
              if (away < least) { least = away; best = i; }
            }
            if (nearest(x, y) !== best) wrong++;
          } } return wrong; })()
        """
        assert await tab.run(wrong) == 0

    visit(check)


def test_the_lasso_selects_what_it_surrounds_and_gives_a_csv(visit: Visit) -> None:
    async def check(tab: Tab) -> None:
        await tab.run("byId('lasso').click()")
        box = await tab.run(
            "(({left, top, width, height}) => [left, top, width, height])(canvas.getBoundingClientRect())"
        )
        left, top, width, height = box
        corners = [(0.4, 0.3), (0.6, 0.3), (0.6, 0.7), (0.4, 0.7)]
        await drag(tab, [(left + width * x, top + height * y) for x, y in corners])
        places = np.array(await tab.run("Array.from({length: count}, (_, i) => [px(i), py(i)])"))
        share = places / [width, height]
        inside = ((share > [0.4, 0.3]) & (share < [0.6, 0.7])).all(axis=1)
        rows = list(csv.DictReader(io.StringIO(await tab.run("csv()"))))
        assert 10 < len(rows) < COUNT
        assert [row["id"] for row in rows] == [IDS[number] for number in np.flatnonzero(inside)]
        numbers = np.flatnonzero(inside)
        assert [row["predicted"] for row in rows] == [CLASSES[LABEL[number]] for number in numbers]
        np.testing.assert_allclose([[float(row["x"]), float(row["y"])] for row in rows], PLANE[inside], rtol=1e-4)
        assert (await tab.run("byId('count').textContent")) == f"{len(rows)} of {COUNT} selected"
        assert not await tab.run("byId('save').disabled")
        assert await tab.run("document.querySelectorAll('#strip li').length") == min(60, len(rows))
        await tab.run("canvas.focus()")
        await tab.press("Escape", 27)
        assert await tab.run("byId('save').disabled")

    visit(check)


def test_colours_change_and_classes_can_be_hidden(visit: Visit) -> None:
    async def check(tab: Tab) -> None:
        names = "[...document.querySelectorAll('#legend button')].map((button) => button.textContent)"
        options = await tab.run("[...byId('colour').options].map((option) => option.text)")
        assert options == ["split", "predicted", "confidence", "cluster"]
        await tab.run("byId('colour').value = 1; byId('colour').dispatchEvent(new Event('change'))")
        assert await tab.run(names) == [f"{name} ({np.count_nonzero(k == LABEL)})" for k, name in enumerate(CLASSES)]
        await tab.run("document.querySelectorAll('#legend button')[1].click()")
        await tab.run("new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))")
        assert await tab.run("scene.near.length") == int(np.sum(LABEL != 1))
        await tab.run("byId('colour').value = 2; byId('colour').dispatchEvent(new Event('change'))")
        assert await tab.run("document.querySelectorAll('#legend .ramp').length") == 1

    visit(check)


def test_each_of_ten_names_has_a_colour_of_its_own(visit: Visit) -> None:
    colours = "(mode = {kind: 'names', names: [...'abcdefghi', %s]}, palette())"

    async def check(tab: Tab) -> None:
        for last in ("'j'", "'unknown'"):
            found = await tab.run(colours % last)
            assert len(set(found)) == 10
            assert found[9 if last == "'unknown'" else 8] == await tab.run(
                "getComputedStyle(document.documentElement).getPropertyValue('--c8').trim()"
            )

    visit(check)
