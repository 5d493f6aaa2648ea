"""Pages that need no other file: a template, the style of the report's page, and a script, joined to one text."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup


def render(name: str, content: Mapping[str, Any]) -> str:
    """Fill `<name>.html` with the style, with `<name>.css` and `<name>.js` where these exist, and with the content.

    Every text in `content` is escaped.

    Args:
        name: Name of the template.
        content: Its variables.
    """
    folder, report = files("galaxy.predict.pages"), files("galaxy.report")

    def own(ending: str) -> str:
        path = folder.joinpath(f"{name}.{ending}")
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    style = report.joinpath("style.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=DictLoader({name: own("html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(
        **content,
        style=Markup(style + own("css")),  # noqa: S704 -- our own files
        script=Markup(own("js")),  # noqa: S704
    )
