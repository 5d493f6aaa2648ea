"""Stage `report`: the page, and the table for a pull request."""

from pathlib import Path
from typing import Annotated

import typer

from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.sections.models import ModelEntry
from stages.sections.report import ReportSection


def main(
    metrics: InFile,
    details: InFile,
    history: InFile,
    manifest: InFile,
    classes: InFile,
    store: InFile,
    attention: InFile,
    output: OutFile,
    accuracy: OutFile,
    roc_auc: OutFile,
    models: Annotated[Path | None, typer.Option(help="Models of the supervised rows, for their costs.")] = None,
    params: ParamsFile = PARAMS,
) -> None:
    """Write report/body.html and report/summary.md, and index.html, which adds what was measured on this machine."""
    section: ReportSection = read_section(params, "report", ReportSection)
    source: str = read_section(params, "download.source", str)
    weights: str = read_section(params, "dino.weights", str)
    entries = read_section(params, "models", dict[str, ModelEntry])
    from galaxy.atomic import write_text
    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import open_store
    from galaxy.report.content import Inputs, page_content
    from galaxy.report.files import read_attention, read_audit, read_history
    from galaxy.report.page import render_page
    from galaxy.report.plot_tables import write_headline, write_plot_tables
    from galaxy.report.row_files import read_rows
    from galaxy.report.summary import markdown_table
    from galaxy.workbench.page import write_page

    galaxies, names = read_manifest(manifest), read_class_names(classes)
    rows = read_rows(list(entries), galaxies, names, metrics=metrics, details=details, history=history, folder=models)
    named = {row.name for row in rows}
    others = [path for path in sorted(history.glob("*.csv")) if path.stem.startswith("dino") and path.stem not in named]
    content = page_content(
        Inputs(
            title=section.title,
            source=source,
            dino_weights=weights,
            entries={name: entry.model_dump() for name, entry in entries.items()},
            rows=rows,
            audit=read_audit(metrics / "audit.json"),
            further_histories={path.stem: read_history(path) for path in others},
            manifest=galaxies,
            classes=names,
            store=open_store(store),
            attention=read_attention(attention),
            gallery=section.gallery,
            attention_shown=section.attention,
        )
    )
    table = markdown_table(
        [(row.name, row.metrics) for row in rows],
        intervals={row.name: row.details["intervals"].get("accuracy") for row in rows},
        notes=[*content["banners"], *content["undefined"]],
    )
    write_text(output / "body.html", render_page(content))
    write_text(output / "summary.md", table)
    write_plot_tables(output / "plots", rows)
    write_headline(accuracy, rows, "accuracy")
    write_headline(roc_auc, rows, "roc_auc")
    write_page(output, params)


if __name__ == "__main__":
    run_stage(main, recorded=False)
