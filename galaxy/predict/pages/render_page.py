"""Renders pages that need no other file from a template, the style of the report's page, and a script."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup


def render(name: str, content: Mapping[str, Any]) -> str:
    """Fill the template `<name>.html`, which extends the report's `frame.html`.

    The page has the style of the report's page, and `<name>.css` and `<name>.js` if they exist.

    Every text in `content` is escaped.

    Args:
        name: Name of the template.
        content: Its variables.
    """
    folder, report = files("galaxy.predict.pages"), files("galaxy.report")

    def read(file: str) -> str:
        path = folder.joinpath(file)
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    style, frame = (report.joinpath(file).read_text(encoding="utf-8") for file in ("style.css", "frame.html"))
    environment = Environment(
        loader=DictLoader({"frame.html": frame, f"{name}.html": read(f"{name}.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{name}.html").render(
        **content,
        style=Markup(style + read(f"{name}.css")),  # noqa: S704 -- our own files
        script=Markup(read(f"{name}.js")),  # noqa: S704
    )
