"""Stage `report`: writes the page, the table for a pull request, and the figures that DVC compares."""

from pathlib import Path
from typing import Annotated

import typer

from galaxy.sections.models import ModelEntry
from galaxy.sections.report import ReportSection
from stages._stage import PARAMS, WRITTEN, InFile, OutFile, ParamsFile, read_section, run_stage


def main(
    metrics: InFile,
    details: InFile,
    history: InFile,
    manifest: InFile,
    classes: InFile,
    store: InFile,
    attention: InFile,
    output: OutFile,
    headline: Annotated[Path, WRITTEN, typer.Option(help="Accuracy and ROC AUC of all rows, as JSON.")],
    models: Annotated[Path | None, typer.Option(help="Models of the supervised rows, for their costs.")] = None,
    params: ParamsFile = PARAMS,
) -> None:
    """Write index.html, summary.md, findings.txt and plots/, and machine.js with what was measured on this machine."""
    section: ReportSection = read_section(params, "report", ReportSection)
    source: str = read_section(params, "download.source", str)
    backbone: str = read_section(params, "dino.backbone", str)
    weights: str = read_section(params, "dino.weights", str)
    entries = read_section(params, "models", dict[str, ModelEntry])
    from galaxy.atomic import write_text
    from galaxy.recipes.report import HEADLINE, make_report
    from galaxy.workbench.page_command import write_machine

    files = make_report(
        metrics=metrics,
        details=details,
        history=history,
        manifest=manifest,
        classes=classes,
        store=store,
        attention=attention,
        networks=models,
        title=section.title,
        source=source,
        backbone=backbone,
        dino_weights=weights,
        models={name: entry.model_dump() for name, entry in entries.items()},
        gallery=section.gallery,
        attention_shown=section.attention,
    )
    write_text(headline, files.pop(HEADLINE))
    for name, text in files.items():
        write_text(output / name, text)
    write_machine(output, params)


if __name__ == "__main__":
    run_stage(main, recorded=False)
