"""Compares parameters, metrics and charts of the work tree with those of another revision."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.errors import InputError
from galaxy.report.comparison import changed_confusions, changed_curves, comparison_page
from galaxy.workbench.compare_base import reproduce_base, resolve
from galaxy.workbench.dvc_commands import dvc, dvc_json
from galaxy.workbench.plots import read_charts

HERE = "workspace"

PLACE = "report/compare.md"
"""Default path of the text in the repository."""


def compare(base: str, root: Path) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return as Markdown what differs between `base` and the work tree, and write the charts of both.

    Raises:
        InputError: If the work tree is not reproduced, or `base` is not a commit or does not reproduce.
    """
    if stale := [stage for stage in dvc_json("status", cwd=root) if not stage.endswith(".dvc")]:
        raise InputError(f"not up to date here: {', '.join(stale[:3])}; run `make repro` before comparing")
    commit = reproduce_base(base, root)
    charts = read_charts([commit, HERE], root)
    for chart in charts.values():
        for point in chart["data"]["values"]:
            point["rev"] = base if point["rev"] == commit else point["rev"]
    curves = changed_curves(_points(charts, "Validation accuracy"), key="validation_accuracy", base=base)
    confusions = changed_confusions(_points(charts, "Confusion"), base=base)
    page = comparison_page(
        base=f"{base} ({resolve(base, root)[:7]})",
        parameters=dvc("params", "diff", "--md", commit, cwd=root).replace(commit, base.ljust(len(commit))),
        metrics=dvc("metrics", "diff", "--md", commit, cwd=root).replace(commit, base.ljust(len(commit))),
        curves=curves,
        confusions=confusions,
        table=(root / "report" / "summary.md").read_text(encoding="utf-8"),
    )
    return page, charts


def _points(charts: Mapping[str, Any], title: str) -> list[dict[str, str]]:
    if title not in charts:
        raise InputError(f"there is no chart {title!r}; dvc.yaml names it among its plots")
    points: list[dict[str, str]] = charts[title]["data"]["values"]
    return points
