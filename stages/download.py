"""Stage `download`: renders, downloads or copies the galaxies, and examines them."""

import os
import sys

from galaxy.errors import InputError
from galaxy.sections.download import DownloadSection
from galaxy.workbench.galaxy10_place import galaxy10_place
from stages._stage import PARAMS, OutFile, ParamsFile, from_root, read_section, run_stage


def main(output: OutFile, audit: OutFile, params: ParamsFile = PARAMS) -> None:
    """Fetch the galaxies in Galaxy10's HDF5 layout and examine them."""
    section: DownloadSection = read_section(params, "download", DownloadSection)
    # Images are decoded and averaged in parallel already; threads within one small matrix product slow that down.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from galaxy.recipes.download import copy_galaxies, obtain_galaxy10, render_galaxies

    if section.source == "rendered":
        given = section.rendered
        render_galaxies(output, audit, count=given.count, size=given.size, seed=given.seed, progress=True)
    elif section.source == "galaxy10":
        try:
            place = galaxy10_place()
            ours = place.parent.absolute() == from_root("downloads").absolute()
            obtain_galaxy10(place, output, audit, link=ours, progress=True)
        except KeyboardInterrupt as stop:
            print(stop, file=sys.stderr)
            raise SystemExit(130) from None
    else:
        source = from_root(section.source)
        if source.is_dir():
            raise InputError(
                f"download.source is {section.source!r}, a folder; 'galaxy import' makes an HDF5 file of a folder of "
                "pictures, whose path can then be given"
            )
        if not source.is_file():
            raise InputError(
                f"download.source is {section.source!r}; allowed are rendered, galaxy10 or the path of an HDF5 file, "
                f"and there is no file {source}"
            )
        found = copy_galaxies(source, output, audit, sha256=section.sha256, progress=True)
        if "class_names_made_up" in found:
            print(
                f"{source}: {found['class_names_made_up']}; the classes are called {', '.join(found['classes'])}",
                file=sys.stderr,
            )


if __name__ == "__main__":
    run_stage(main)
