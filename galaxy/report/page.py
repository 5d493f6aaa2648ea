"""The page: a template, a style sheet and a few lines of script, filled and joined to one file."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from galaxy.report.quantities import big_number, decimal, duration, percent_cell

TEMPLATES = ("page.html", "macros.html", "unsupervised.html", "run.html")


def render_page(content: Mapping[str, Any]) -> str:
    """The page as HTML; every text in `content` is escaped, only `Markup` made by this package is not.

    Places for what was measured on one machine are left as comments, see `galaxy.report.run`.

    Raises:
        jinja2.UndefinedError: the template names something that `content` lacks.
    """
    parts = {
        name: Markup(files("galaxy.report").joinpath(name).read_text(encoding="utf-8"))  # noqa: S704 - our own files
        for name in ("style.css", "page.js")
    }
    page: str = (
        templates().get_template("page.html").render(**content, style=parts["style.css"], script=parts["page.js"])
    )
    return page


@cache
def templates() -> Environment:
    """The templates of this package with their filters; what they are given is escaped."""
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
    environment.filters["duration"] = duration
    return environment
