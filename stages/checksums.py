"""Stage `checksums`: records the SHA-256 of all files of the pipeline."""

from pathlib import Path
from typing import Annotated

import typer

from stages._stage import OutFile, run_stage


def main(output: OutFile, paths: Annotated[list[Path], typer.Argument(help="Files, and folders of files.")]) -> None:
    """Record the SHA-256 of files, for `galaxy verify` and `sha256sum -c`."""
    from galaxy.checksums import record_sums

    record_sums(paths, output, progress=True)


if __name__ == "__main__":
    run_stage(main, recorded=False)
