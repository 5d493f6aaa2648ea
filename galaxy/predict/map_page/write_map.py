"""Writes a map of a collection: one page that needs no other file."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from galaxy.atomic import write_text
from galaxy.data.disk import writable
from galaxy.errors import InputError
from galaxy.output_path import check_output
from galaxy.predict.map_page.collection import Collection, collect
from galaxy.predict.map_page.plane import check_method, to_clusters, to_plane
from galaxy.predict.map_page.render_map import map_page
from galaxy.predict.options import Options
from galaxy.predict.row import Row


def write_map(
    row: Row,
    paths: Sequence[Path],
    output: Path,
    *,
    known: Mapping[str, Mapping[str, str]],
    on_sky: bool = True,
    method: str = "pca",
    clusters: int | None = None,
    class_column: str | None = None,
    most: int = 20_000,
    options: Options | None = None,
    overwrite: bool = False,
    workers: int = 2,
) -> Collection:
    """Write the page.

    Args:
        row: The row whose features and predictions are shown.
        paths: Inputs of any kind that `galaxy predict` reads.
        output: The page, `.html`.
        known: For each name that the page shows, known values of galaxies, such as their class, by their id.
        on_sky: Whether coordinates are real, so that the page links the sky viewer.
        method: `pca` or `umap`.
        clusters: Number of clusters to colour by; None takes the number of classes.
        class_column: Column of a table with the class of each galaxy.
        most: Largest number of galaxies on the map.
        options: How pictures are read and prepared.
        overwrite: Whether an existing page may be replaced.
        workers: Number of reading threads.

    Returns:
        The galaxies on the map.

    Raises:
        InputError: If an input, the output or the method cannot be used.
    """
    options = options or Options()
    options.check(row.description)
    if output.suffix.lower() != ".html":
        raise InputError(f"{output} does not end in .html; give a map a name that does")
    check_method(method)
    with ExitStack() as stack:
        check_output(output, inputs=paths, overwrite=overwrite)
        inputs = options.open(paths, stack=stack)
        target = check_output(output, inputs=chain(row.files, inputs.files()), overwrite=overwrite)
        found = collect(row, inputs, options, most=most, class_column=class_column, workers=workers)
    page = draw_map(
        found,
        row,
        known=known,
        class_column=class_column,
        on_sky=on_sky,
        method=method,
        clusters=clusters,
        title=f"Map of {paths[0].name}" if len(paths) == 1 else f"Map of {len(paths)} collections",
    )
    with writable(output):
        write_text(target, page)
    return found


def draw_map(
    found: Collection,
    row: Row,
    *,
    known: Mapping[str, Mapping[str, str]],
    title: str,
    on_sky: bool = True,
    method: str = "pca",
    clusters: int | None = None,
    class_column: str | None = None,
    report: str = "",
) -> str:
    """Return the page of a collection as HTML; the arguments are those of `write_map` and `map_page`."""
    return map_page(
        found,
        to_plane(found.features, method=method),
        to_clusters(found.features, count=clusters or len(row.description.classes)),
        classes=row.description.classes,
        known=known,
        class_column=class_column,
        on_sky=on_sky,
        title=title,
        note=_note(found, row, method),
        report=report,
    )


def _note(found: Collection, row: Row, method: str) -> str:
    how = "the first two principal components" if method == "pca" else "UMAP"
    all_of_them = len(found.id) + found.left_out
    count = f"{len(found.id):,}" + (f" of {all_of_them:,}" if found.left_out else "")
    return f"{count} galaxies by {how} of the features of {row.description.row}."
