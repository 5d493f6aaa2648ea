"""The command line `galaxy`, which joins the commands of `galaxy/commands/`.

Commands find the repository from any of its folders. Paths that are given count from the current folder, as usual.
"""

import typer

from galaxy.commands import apply_rows, explore, own_data, pipeline, results, studies
from galaxy.errors import InputError
from galaxy.recipes.processes import ensure_environment

app = typer.Typer(
    help="Benchmark of galaxy morphology classification; the pipeline itself runs with `dvc repro`.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing rich would double the time that --help takes
)
for group in (pipeline, results, studies, apply_rows, explore, own_data):
    app.add_typer(group.app)


def main() -> None:
    """Run the command `galaxy`: wrong input and unusable places of files are one line, without a traceback."""
    ensure_environment()  # as in stages, before a command imports torch
    try:
        app()
    except InputError as error:
        from galaxy.workbench.error_exit import exit_with_error

        exit_with_error(error)
    except ModuleNotFoundError as error:
        from galaxy.workbench.missing_package import exit_with_missing_package

        exit_with_missing_package(error)
    except OSError as error:
        from galaxy.workbench.error_exit import exit_with_file_error

        exit_with_file_error(error)


if __name__ == "__main__":
    main()
