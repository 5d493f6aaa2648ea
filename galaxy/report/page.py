"""Renders the page as one HTML file from a template, a style sheet and a script."""

import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from galaxy.report.quantities import big_number, decimal, percent_cell

TEMPLATES = (
    "frame.html",
    "page.html",
    "macros.html",
    "table.html",
    "unsupervised.html",
    "best_row.html",
    "pictures.html",
)

_DIGEST = re.compile('<meta name="digest" content="([0-9a-f]{64})">')
_NO_DIGEST = '<meta name="digest" content="">'
_ADDRESS = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:)])|arXiv:(\d{4}\.\d{4,5})")


def render_page(content: Mapping[str, Any]) -> str:
    """Render the page as HTML.

    Every text in `content` is escaped, except `Markup` that this package has made. The page contains a digest, the
    SHA-256 of the page without this digest, with which other files can name the page that they belong to.

    Args:
        content: The variables of page.html.

    Raises:
        jinja2.UndefinedError: If the template names a variable that `content` lacks.
    """
    folder = files("galaxy.report")
    environment = Environment(
        loader=DictLoader({name: folder.joinpath(name).read_text(encoding="utf-8") for name in TEMPLATES}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent_cell
    environment.filters["number"] = decimal
    environment.filters["big"] = big_number
    environment.filters["linked"] = link_addresses
    style, script = (
        Markup(folder.joinpath(name).read_text(encoding="utf-8"))  # noqa: S704 - our own files
        for name in ("style.css", "page.js")
    )
    page = environment.get_template("page.html").render(**content, style=style, script=script)
    digest = hashlib.sha256(page.encode()).hexdigest()
    return page.replace(_NO_DIGEST, _NO_DIGEST.replace('""', f'"{digest}"'), 1)


def page_digest(page: str) -> str:
    """Return the digest that a page contains.

    Raises:
        ValueError: If the page contains none.
    """
    found = _DIGEST.search(page)
    if not found:
        raise ValueError("the page contains no digest")
    return found[1]


def link_addresses(text: str) -> Markup:
    """Escape a text and turn web addresses and arXiv numbers in it into links."""
    parts: list[str] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = match[1] or f"https://arxiv.org/abs/{match[2]}"
        parts.append(escape(text[end : match.start()]))
        parts.append(f'<a href="{escape(address)}" rel="noopener">{escape(match[0])}</a>')
        end = match.end()
    return Markup("".join([*parts, escape(text[end:])]))  # noqa: S704 - every text in it went through escape
