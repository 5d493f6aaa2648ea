"""Commands that show what the pipeline has computed."""

from pathlib import Path
from typing import Annotated

import typer

from galaxy.commands.common_options import Charts, Params, in_repository_option, needed_option
from galaxy.counted import counted
from galaxy.workbench.repository import require_repository

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output that is not the default one.")]

app = typer.Typer()


@app.command()
def page(
    folder: Annotated[Path, needed_option("report", "Folder of the page, which stage `report` writes.")],
    params: Params,
) -> None:
    """Print the findings and the address of the report's page.

    Also draws a map of the test galaxies, report/map.html, and writes what was measured on this machine, which the page
    shows, to report/machine.js.
    """
    import shutil

    from galaxy.workbench.page_command import summary_text, write_machine
    from galaxy.workbench.report_map import write_report_map

    root = params.parent
    if reason := write_report_map(folder, root / "data", root / "metrics"):
        typer.echo(f"there is no map of the test galaxies: {reason}", err=True)
    write_machine(folder, params)
    typer.echo(summary_text(folder, width=min(shutil.get_terminal_size().columns, 120)))


@app.command()
def plots(
    output: Charts,
    revisions: Annotated[
        list[str] | None,
        typer.Argument(help="Branches, commits or experiments; a single one is compared with the work tree."),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw DVC's charts on a page that needs no network.

    The charts show learning curves, confusion and reliability.
    """
    from galaxy.workbench.output_rules import check_drawn
    from galaxy.workbench.plots import PLACE, read_charts, write_page

    root = require_repository()
    target = check_drawn(output, root=root, own=PLACE, overwrite=overwrite)
    charts = read_charts(revisions or [], root)
    write_page(target, charts, title=" ".join(["Charts", *(revisions or [])]))
    typer.echo(output)


@app.command()
def compare(
    base: Annotated[str, typer.Argument(help="Branch, tag or commit.")],
    output: Annotated[Path, in_repository_option("report/compare.md", "Markdown to write.")],
    charts: Charts,
    overwrite: Overwrite = False,
) -> None:
    """Write what differs from another revision as Markdown.

    The other revision is reproduced first. Parameters, metrics and charts are compared.
    """
    from galaxy.atomic import write_text
    from galaxy.errors import InputError
    from galaxy.workbench.compare import PLACE as TEXT
    from galaxy.workbench.compare import compare as compare_with
    from galaxy.workbench.output_rules import check_drawn
    from galaxy.workbench.plots import PLACE, write_page

    root = require_repository()
    text_file = check_drawn(output, root=root, own=TEXT, overwrite=overwrite)
    page_file = check_drawn(charts, root=root, own=PLACE, overwrite=overwrite)
    if text_file == page_file:
        raise InputError(f"{output} was given for both the text and the page of charts; give two different names")
    text, drawn = compare_with(base, root)
    write_text(text_file, text)
    write_page(page_file, drawn, title=f"Charts beside {base}")
    typer.echo(output)


@app.command()
def ui(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 5000) -> None:
    """Serve MLflow's page of all runs and print its address.

    The address opens the list of runs with accuracy, AUC, row and learning rate.
    """
    from galaxy.workbench.ui import serve_mlflow

    serve_mlflow(require_repository(), port, say=typer.echo)


@app.command()
def tracking(
    retry: Annotated[bool, typer.Option("--retry", help="Send all of them again.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Delete what was set aside.")] = False,
) -> None:
    """Show the runs that MLflow does not have yet, and why.

    Some wait until their store can be reached; those that MLflow can never take are set aside.
    """
    from galaxy.workbench.unsent_records import describe_records, discard_records, retry_records

    root = require_repository()
    if discard:
        typer.echo(f"{counted(discard_records(root), 'run')} deleted from .state/tracking/refused")
    if retry:
        retry_records(root)
    typer.echo(describe_records(root))
