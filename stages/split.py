"""Stage `split`: who is in training, validation and test, and all images as one array."""

import os

from galaxy.errors import InputError
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, from_root, read_section, run_stage
from stages.sections.split import SplitSection


def main(galaxies: InFile, manifest: OutFile, classes: OutFile, store: OutFile, params: ParamsFile = PARAMS) -> None:
    """Split the galaxies by class and group into a manifest, and write their images as one memory-mapped array."""
    section: SplitSection = read_section(params, "split", SplitSection)
    # Images are decoded and averaged side by side already; threads within one small matrix only get in the way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from galaxy.atomic import atomic_path
    from galaxy.data.class_names import write_class_names
    from galaxy.data.disk import require_room, writable
    from galaxy.data.given_manifest import check_given, read_given
    from galaxy.data.layout import open_galaxies
    from galaxy.data.manifest import write_manifest
    from galaxy.data.preparation import make_manifest, relate, stream_images
    from galaxy.data.store_writer import StoreWriter, replaced_folder
    from galaxy.digest import file_sha256

    given = read_given(from_root(section.manifest), sha256=section.manifest_sha256) if section.manifest else None
    if not galaxies.is_file():
        raise InputError(f"{galaxies} does not exist; stages.download writes it")
    digest = file_sha256(galaxies)
    with writable(store), open_galaxies(galaxies) as file:
        require_room(store.parent, len(file) * section.size**2 * 3)
        with (
            atomic_path(manifest) as new_manifest,
            atomic_path(classes) as new_classes,
            replaced_folder(store) as folder,
            StoreWriter(folder, size=section.size) as writer,
        ):
            fingerprints = stream_images(file, writer, crop=section.crop, size=section.size, progress=True)
            relations = relate(file, fingerprints, group_radius=section.group_radius, group_images=section.group_images)
            made = make_manifest(
                file,
                fingerprints,
                relations,
                file_sha256=digest,
                drop_conflicts=section.conflicts == "drop",
                validation=section.validation,
                test=section.test,
                seed=section.seed,
            )
            if given is not None:
                made = check_given(given, made, path=from_root(section.manifest or ""))
            writer.finish(made.row, made.id)
            write_manifest(new_manifest, made)
            write_class_names(new_classes, file.class_names)


if __name__ == "__main__":
    run_stage(main)
