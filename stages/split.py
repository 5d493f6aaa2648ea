"""Stage `split`: assigns galaxies to training, validation and test, and stores all images as one array."""

import os

from galaxy.errors import ArgumentError, InputError
from galaxy.sections.split import SplitSection
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, from_root, read_section, run_stage


def main(galaxies: InFile, manifest: OutFile, classes: OutFile, store: OutFile, params: ParamsFile = PARAMS) -> None:
    """Split the galaxies by class and group into a manifest, and write their images as one memory-mapped array."""
    section: SplitSection = read_section(params, "split", SplitSection)
    # Images are decoded and averaged in parallel already; threads within one small matrix product slow that down.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from galaxy.recipes.split import split_file

    try:
        split_file(
            galaxies,
            manifest=manifest,
            classes=classes,
            store=store,
            size=section.size,
            crop=section.crop,
            seed=section.seed,
            validation=section.validation,
            test=section.test,
            group_radius=section.group_radius,
            group_images=section.group_images,
            drop_conflicts=section.conflicts == "drop",
            given=from_root(section.manifest) if section.manifest else None,
            given_sha256=section.manifest_sha256,
            progress=True,
        )
    except ArgumentError as error:
        raise InputError(f"split.{error}") from None


if __name__ == "__main__":
    run_stage(main)
