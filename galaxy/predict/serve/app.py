"""The page that classifies pictures, and its JSON interface, as a FastAPI application."""

import base64
import hashlib
import re
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

from galaxy.errors import InputError
from galaxy.predict.pages.render_page import render
from galaxy.predict.serve.limits import FILES, Limits
from galaxy.predict.serve.look import Looker

HOSTS = ("127.0.0.1", "localhost")
"""Host names that the server answers; a page that reaches it by DNS rebinding uses another."""


def require_fastapi() -> None:
    """Check that the libraries of the server are installed.

    Raises:
        InputError: If one is not installed.
    """
    try:
        import fastapi  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"serving needs {error.name}, which is not installed: pip install 'galaxy-morphology-benchmark[serve]'"
        ) from None


def create_app(look: Looker, *, row: str, learnt_from: str, coverage: float) -> Any:
    """Make the application.

    It reads only its own files and those that are sent to it, which lie in a temporary folder while they are read.

    Args:
        look: Describes a picture.
        row: Name of the row, for the page.
        learnt_from: The galaxies that the row has learnt from, for the page.
        coverage: Share of galaxies whose set of classes is to hold the true one, for the page.
    """
    from fastapi import FastAPI, File, HTTPException, UploadFile
    from fastapi.responses import HTMLResponse
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    app = FastAPI(title=f"galaxy serve {row}", docs_url=None, redoc_url=None)
    page = render("serve", {"row": row, "learnt_from": learnt_from, "coverage": f"{100 * coverage:g}", "files": FILES})
    headers = _headers(page)

    @app.get("/", response_class=HTMLResponse)
    def index() -> HTMLResponse:
        """Return the page."""
        return HTMLResponse(page, headers=headers)

    @app.post("/predict")
    def predict(
        files: Annotated[list[UploadFile], File(description="Pictures (JPEG, PNG, TIFF) or FITS cut-outs.")],
        *,
        pictures: bool = False,
        occlusion: bool = False,
    ) -> dict[str, Any]:
        """Classify pictures.

        `pictures` adds the pictures as the network sees them, and those of the nearest training galaxies. `occlusion`
        adds how far the probability falls where a square of the picture is covered. FITS files whose names differ only
        by the band, such as m31-g.fits and m31-r.fits, are one cut-out; `files` has the positions of the files of a
        picture.
        """
        if len(files) > FILES:
            raise HTTPException(413, f"{len(files)} pictures were sent; at most {FILES} can be sent at once")
        found = []
        names = [Path(file.filename or "").name[:200] or f"picture {number + 1}" for number, file in enumerate(files)]
        with tempfile.TemporaryDirectory(prefix="galaxy-serve-") as folder:
            for name, numbers in look.grouped(names):
                # Named by number: of the name that was sent, only the ending is used.
                places = tuple(Path(folder, f"{number}{_ending(names[number])}") for number in numbers)
                for place, number in zip(places, numbers, strict=True):
                    with place.open("wb") as target:
                        shutil.copyfileobj(files[number].file, target)
                found.append({"files": numbers} | look(places, name, pictures=pictures, occlusion=occlusion))
                for place in places:
                    place.unlink()
        return {"row": row, "results": found}

    app.add_middleware(Limits)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))
    return app


def _ending(name: str) -> str:
    match = re.search(r"(\.[A-Za-z0-9]{1,5}){1,2}$", name)
    return match[0].lower() if match else ""


def _headers(page: str) -> dict[str, str]:
    """Return headers that let a browser run the page's own script and style and load nothing else."""
    sources = {
        kind: " ".join(f"'sha256-{_digest(text)}'" for text in re.findall(f"<{kind}>(.*?)</{kind}>", page, re.DOTALL))
        for kind in ("script", "style")
    }
    policy = (
        f"default-src 'none'; script-src {sources['script']}; style-src {sources['style']}; img-src data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
