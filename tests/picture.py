"""The README's picture of the page: its data and its table, as a small PNG.

`python -m tests.picture` takes it from report/index.html with a headless Chromium.
"""

import asyncio
import base64
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.root import ROOT
from tests.stages.browser import CHROMIUM, browser

PICTURE = ROOT / "docs" / "page.png"
WIDTH = 1400
SECTIONS = ("#data", "#table")

BOX = """
(() => {
  const boxes = %s.map((name) => document.querySelector(name).getBoundingClientRect());
  const top = Math.min(...boxes.map((box) => box.top)) + scrollY;
  return [top, Math.max(...boxes.map((box) => box.bottom)) + scrollY - top];
})()
"""


async def picture(page: Path) -> Image.Image:
    """The sections as they look in a window of `WIDTH` pixels, in light colours."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        async with browser(Path(profile)) as tab:
            await tab.open(page.resolve().as_uri(), width=WIDTH)
            top, height = await tab.run(BOX % list(SECTIONS))
            clip = {"x": 0, "y": top, "width": WIDTH, "height": height, "scale": 1}
            taken = await tab.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
    return Image.open(io.BytesIO(base64.b64decode(taken["data"])))


def save(image: Image.Image, path: Path) -> None:
    """Write the picture as a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.convert("RGB").save(path, optimize=True)


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("error: no chromium on PATH; install one to take the picture")
    source = ROOT / "report" / "index.html"
    if not source.is_file():
        sys.exit(f"error: {source} does not exist; run `make repro` first")
    save(asyncio.run(picture(source)), PICTURE)
    print(PICTURE.relative_to(ROOT))
