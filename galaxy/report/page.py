"""The page: a template, a style sheet and a few lines of script, filled and joined to one file."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from galaxy.report.summary import MISSING

TEMPLATES = ("page.html", "macros.html", "unsupervised.html")


def render_page(content: Mapping[str, Any]) -> str:
    """The page as HTML; every text in `content` is escaped, only `Markup` made by this package is not.

    Raises:
        jinja2.UndefinedError: the template names something that `content` lacks.
    """
    folder = files("galaxy.report")
    environment = Environment(
        loader=DictLoader({name: folder.joinpath(name).read_text(encoding="utf-8") for name in TEMPLATES}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = lambda value: MISSING if value is None else f"{100 * value:.1f}"
    environment.filters["number"] = lambda value: MISSING if value is None else f"{value:.3f}"
    environment.filters["big"] = big_number
    parts = {
        name: Markup(folder.joinpath(name).read_text(encoding="utf-8"))  # noqa: S704 - files of this package
        for name in ("style.css", "page.js")
    }
    page: str = environment.get_template("page.html").render(
        **content, style=parts["style.css"], script=parts["page.js"]
    )
    return page


def big_number(value: float | None) -> str:
    """Three significant digits with k, M or G."""
    if value is None:
        return MISSING
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:g}"
