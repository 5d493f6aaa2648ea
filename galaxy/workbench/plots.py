"""Writes the charts of `dvc plots` as one page that needs no network; DVC's own page loads Vega from the network."""

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from galaxy.atomic import write_text
from galaxy.errors import InputError
from galaxy.workbench.dvc_commands import dvc_json

PLACE = "dvc_plots/index.html"
"""Default path of the page in the repository."""

VEGA_LITE = "6.4"
"""Version of Vega-Lite. DVC's page has 5.2; the templates in .dvc/plots use only what both versions draw alike."""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<script>{library}</script>
</head>
<body>
{charts}
</body>
</html>
"""

CHART = """<div id="chart-{number}"></div>
<script>vegaEmbed("#chart-{number}", {specification});</script>"""


def read_charts(revisions: Sequence[str], root: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return Vega-Lite specifications with their data, by title: of the work tree, or of revisions side by side.

    A single revision is shown beside the work tree.

    Raises:
        InputError: If a revision is unknown, or its outs are not in the cache.
    """
    found = dvc_json("plots", *(["diff", *revisions] if revisions else ["show"]), cwd=root)
    if problems := found.get("errors"):
        where = ", ".join(sorted({problem["rev"] for problem in problems}))
        raise InputError(f"no charts of {where} are in the cache here; run `dvc pull`, or `dvc repro` there")
    charts = {title: parts[0]["content"] for title, parts in found.get("data", {}).items() if parts}
    if not charts:
        raise InputError("there is nothing to draw yet; run `dvc repro`")
    return charts


def write_page(path: Path, charts: Mapping[str, Mapping[str, Any]], *, title: str) -> None:
    """Write the charts and the library that draws them into one HTML file."""
    import vl_convert

    library = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed", vl_version=VEGA_LITE)
    divisions = []
    for number, chart in enumerate(charts.values()):
        # Without the schema's name, or Vega warns of its version on the console.
        plain = {key: value for key, value in chart.items() if key != "$schema"}
        specification = json.dumps(plain).replace("<", r"\u003c")
        divisions.append(CHART.format(number=number, specification=specification))
    write_text(path, PAGE.format(title=html.escape(title), library=library, charts="\n".join(divisions)))
