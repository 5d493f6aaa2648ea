import asyncio
from pathlib import Path

import pytest

from galaxy.workbench.plots import write_page
from tests.stages.browser import CHROMIUM, Tab, browser

CHART = {
    "data": {"values": [{"x": "</script><script>alert(1)</script>", "y": 1}, {"x": "b", "y": 2}]},
    "mark": "bar",
    "encoding": {"x": {"field": "x", "type": "nominal"}, "y": {"field": "y", "type": "quantitative"}},
}


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
def test_the_page_draws_without_network_and_runs_nothing_from_the_data(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    write_page(page, {"one": CHART, "two": CHART}, title="<b>")

    async def look(tab: Tab) -> None:
        await tab.open(page.as_uri(), width=1400)
        for _ in range(100):
            if await tab.run("document.querySelectorAll('canvas, svg.marks').length") == 2:
                break
            await asyncio.sleep(0.1)
        assert await tab.run("document.querySelectorAll('canvas, svg.marks').length") == 2
        assert await tab.run("document.title") == "<b>"
        assert await tab.run("document.querySelectorAll('script').length") == 3
        assert tab.requests() == [page.as_uri()]
        assert tab.complaints() == []

    async def session() -> None:
        async with browser(tmp_path / "profile") as tab:
            await look(tab)

    asyncio.run(session())
