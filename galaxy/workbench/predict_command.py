"""The command `galaxy predict`: finds the row's files, classifies pictures and says what was written."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from galaxy.counted import counted
from galaxy.errors import InputError
from galaxy.output_path import STANDARD_OUTPUT
from galaxy.predict.catalogue import check_catalogue_output, classify_catalogue, is_catalogue
from galaxy.predict.classify import Cluster, classify_inputs
from galaxy.predict.dask_cluster import Job, classify_on, connect
from galaxy.predict.options import Options
from galaxy.predict.reference import reference_of
from galaxy.predict.skipped import READ, skipped_words
from galaxy.predict.trained_row import BATCH
from galaxy.workbench.open_row import Opener, open_row, reading_threads
from galaxy.workbench.output_rules import refuse_outs


def predict(
    name: str,
    inputs: Sequence[Path],
    output: Path,
    *,
    models: Path,
    seed: int | None,
    options: Options,
    overwrite: bool,
    device: str | None = None,
    batch_size: int = BATCH,
    embeddings: Path | None = None,
    dask: str | None = None,
    dask_workers: int | None = None,
) -> list[str]:
    """Classify `inputs` with a row of the table.

    Args:
        name: Name of the row, or path of its folder.
        inputs: Pictures, folders, archives, HDF5 files and tables.
        output: The table to write.
        models: Folder of the trained rows.
        seed: Seed of the training to use; None takes the mean of all.
        options: How pictures are read and classified.
        overwrite: Whether an existing output may be replaced.
        device: Device that computes, such as `cpu` or `cuda:1`; None takes the one of `GALAXY_DEVICE` or, where that is
            not set, the first GPU or else the CPU.
        batch_size: Number of images that are computed at a time.
        embeddings: Path of a second table with ids and features; None writes none.
        dask: Address of a Dask scheduler, `local` or `slurm`; None computes in this process.
        dask_workers: Number of workers to start with `local` and `slurm`.

    Returns:
        Lines for the user; the last one counts.

    Raises:
        InputError: If the row, an input or the output cannot be used.
    """
    refuse_outs(embeddings, None if output == STANDARD_OUTPUT else output)
    opened = open_row(name, models=models, seed=seed, device=device, batch_size=batch_size)
    row, data = opened.row, opened.data
    options = replace(opened.options(options), embeddings=embeddings is not None)  # workers have to know it as well
    if dask is None and dask_workers is not None:
        raise InputError("--dask-workers needs --dask local or --dask slurm; add one of them")
    job = Job(
        opener=Opener(
            name if opened.of_clusters else str(row.folder.absolute()), models.absolute(), seed, device, batch_size
        ),
        options=options,
        predictions=opened.predictions.absolute(),
        store=opened.store.absolute(),
    )
    catalogue = next((path for path in inputs if is_catalogue(path)), None)
    if catalogue is not None:
        options.check(row.description)
        _check_alone(catalogue, inputs, output, embeddings=embeddings, overwrite=overwrite)
    reference = reference_of(row, predictions=opened.predictions, store=opened.store)
    with ExitStack() as stack:
        cluster: Cluster | None = None
        if dask is not None:
            client = stack.enter_context(connect(dask, workers=dask_workers))
            cluster = partial(classify_on, client, job)
        if catalogue is not None:
            summary = classify_catalogue(
                catalogue,
                output,
                job=job,
                classes=row.description.classes,
                identity=[row.description.files, row.seeds, batch_size, repr(options), reference is not None],
                overwrite=overwrite,
            )
        else:
            summary = classify_inputs(
                row,
                inputs,
                output,
                options=options,
                reference=reference,
                overwrite=overwrite,
                workers=reading_threads(),
                also_read=[opened.predictions],
                embeddings=embeddings,
                cluster=cluster,
            )
    lines = []
    if reference is None:
        lines.append(f"the validation galaxies of {name} were not found, so the columns set and unlike are empty")
    if summary.skipped:
        lines.append(f"skipped: {skipped_words(summary.skipped)}; {READ}")
    if summary.changed:
        lines.append(
            f"{counted(summary.changed, 'row')} of the interrupted run had to be made again, because a picture has "
            "changed since"
        )
    if summary.unknown_scale and data.pixel_scale > 0:
        lines.append(
            f"the pixel scale of {counted(summary.unknown_scale, 'image')} is not known; that of the training, "
            f"{data.pixel_scale:.3f} arcsec, was assumed: give another with --pixel-scale"
        )
    lost = f", {summary.unreadable} not (column reason)" if summary.unreadable else ""
    place = "standard output" if output == STANDARD_OUTPUT else output
    lines.append(
        f"{place}: {counted(summary.classified, 'image')} classified by {name}, which learnt from {data.name}{lost}"
    )
    return lines


def _check_alone(
    catalogue: Path, inputs: Sequence[Path], output: Path, *, embeddings: Path | None, overwrite: bool
) -> None:
    """Check that a catalogue in HATS is the only input, and that all other arguments can be used with it."""
    if len(inputs) > 1:
        raise InputError(
            f"{catalogue} is a catalogue in HATS, which must be the only input; give the others in another command"
        )
    if embeddings is not None:
        raise InputError("--embeddings cannot be used with a catalogue in HATS; leave it out")
    check_catalogue_output(catalogue, output, overwrite=overwrite)
