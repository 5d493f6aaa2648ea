import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.galaxy.predict.rows import galaxies
from tests.galaxy.predict.serve.server import running
from tests.stages.browser import CHROMIUM, Tab, browser
from tests.stages.test_report_in_a_browser import FAINT, OVERFLOWING

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with running(tmp_path / "served") as found:
        yield f"http://127.0.0.1:{found[0]}/"


async def choose(tab: Tab, *paths: Path) -> None:
    document = await tab.call("DOM.getDocument")
    node = await tab.call("DOM.querySelector", nodeId=document["root"]["nodeId"], selector="#files")
    await tab.call("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(path) for path in paths])


async def until(tab: Tab, condition: str) -> None:
    async with asyncio.timeout(60):
        while not await tab.run(condition):
            await asyncio.sleep(0.05)


def test_pictures_are_classified_on_the_page(address: str, tmp_path: Path) -> None:
    picture, text = tmp_path / "<b>galaxy.png", tmp_path / "notes.txt"
    Image.fromarray(galaxies(1)[0]).save(picture)
    text.write_text("text")

    async def session() -> None:
        async with browser(tmp_path / "profile") as tab:
            for width, dark in ((1280, False), (360, True)):
                await tab.open(address, width=width, dark=dark)
                await choose(tab, picture, text)
                await until(tab, "document.querySelectorAll('.result').length === 2")
                heads = await tab.run("[...document.querySelectorAll('.result h2')].map((head) => head.textContent)")
                assert heads == [picture.name, text.name]
                shares = await tab.run("[...document.querySelectorAll('.bars meter')].map((meter) => meter.value)")
                assert sum(shares) == pytest.approx(1, abs=1e-4)
                assert shares == sorted(shares, reverse=True)
                assert await tab.run("document.querySelectorAll('.gallery img').length") == 8
                assert "cannot be used" in await tab.run("document.querySelectorAll('.result')[1].textContent")
                await tab.run("document.querySelector('.rests button').click()")
                await until(tab, "document.querySelector('.rests img') !== null")
                broken = "[...document.images].filter((image) => image.complete && !image.naturalWidth).length"
                assert await tab.run(broken) == 0
                assert await tab.run("document.scrollingElement.scrollWidth") <= width
                assert await tab.run(OVERFLOWING) == []
                assert await tab.run(FAINT) == []
                assert all(request.startswith(address) for request in tab.requests())
                assert tab.complaints() == []

    asyncio.run(session())


def test_a_server_that_fails_or_has_ended_is_said_in_words(address: str, tmp_path: Path) -> None:
    said = "document.getElementById('status').textContent"

    async def session() -> None:
        async with browser(tmp_path / "profile") as tab:
            await tab.open(address, width=1280)
            for fetch, expected in (
                ("async () => new Response('Internal Server Error', {status: 500})", "the server answered 500."),
                (
                    "async () => { throw new TypeError('Failed to fetch'); }",
                    "there was no answer; see whether galaxy serve still runs, and choose the files again.",
                ),
            ):
                await tab.run(f"window.fetch = {fetch}; void classify([new File(['x'], 'a.png')])")
                await until(tab, f"!{said}.startsWith('Reading')")
                assert await tab.run(said) == f"That did not work: {expected}"
                await tab.run("document.getElementById('status').textContent = 'Reading'")

    asyncio.run(session())
