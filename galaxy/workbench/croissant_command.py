"""The command `galaxy croissant`: finds the pipeline's files and the publisher, and writes the description."""

import json
import os
import time
from dataclasses import fields, replace
from pathlib import Path

from galaxy.atomic import write_text
from galaxy.data.class_names import read_class_names
from galaxy.data.croissant import DataFile, Publication, croissant
from galaxy.data.disk import writable
from galaxy.data.fetch import galaxy10
from galaxy.data.manifest import read_manifest
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.output_path import check_output
from galaxy.sections.download import DownloadSection
from galaxy.workbench.output_rules import refuse_outs
from galaxy.workbench.read_section import read_section

_NAMES = ("galaxies.h5", "manifest.csv", "classes.json")
_AUTHORS = ("The Galaxy Morphology Benchmark authors",)
_KNOWN = {
    "rendered": Publication(
        name="rendered-galaxies",
        description="Pictures of galaxies that a program has drawn, in the classes of Galaxy10 DECaLS.",
        url="",
        license="https://opensource.org/license/mit",
        creators=_AUTHORS,
        creator_type="sc:Organization",
    ),
    "galaxy10": Publication(
        name="galaxy10-decals-split",
        description="Galaxy10 DECaLS, with labels of Galaxy Zoo and pictures of the Legacy Surveys.",
        url="https://zenodo.org/records/10845026",
        license="https://creativecommons.org/licenses/by/4.0/",
        creators=("Henry Leung", "Jo Bovy"),
        cite_as="H. Leung and J. Bovy, Galaxy10 DECaLS, https://doi.org/10.5281/zenodo.10845026",
    ),
}
_OWN = Publication(name="", description="Pictures of galaxies with labels.", url="", license="", creators=())


def describe_split(
    params: Path,
    data: Path,
    output: Path,
    *,
    name: str | None,
    url: str | None,
    license_: str | None,
    creators: list[str],
    overwrite: bool,
) -> str:
    """Write a description of the galaxies and their split in the format Croissant.

    Args:
        params: params.yaml, for where the galaxies come from.
        data: Folder of the pipeline's files.
        output: The file, `.json`.
        name: Name of the data set; None takes that of a known source.
        url: Address of its page; None takes that of a known source.
        license_: Its licence; None takes that of a known source.
        creators: Its authors; empty takes those of a known source.
        overwrite: Whether an existing output may be replaced.

    Returns:
        A line for the user.

    Raises:
        InputError: If a file is missing or damaged, the output cannot be used, or something needed is not known.
    """
    if output.suffix != ".json":
        raise InputError(f"{output} does not end in .json; give a name that does")
    refuse_outs(output)
    paths = {name: data / name for name in _NAMES}
    target = check_output(output, inputs=[params, *paths.values()], overwrite=overwrite)
    galaxies, classes = read_manifest(paths["manifest.csv"]), read_class_names(paths["classes.json"])
    download: DownloadSection = read_section(params, "download", DownloadSection)
    publication = _completed(_KNOWN.get(download.source, _OWN), name=name, url=url, license=license_, creators=creators)
    files = {name: _data_file(path, target.parent) for name, path in paths.items()}
    if files["galaxies.h5"].sha256 == galaxy10.SHA256:
        files["galaxies.h5"] = replace(files["galaxies.h5"], place=galaxy10.URLS[0])
    elif not galaxies.id[0].startswith(files["galaxies.h5"].sha256[:12]):
        raise InputError(f"{paths['manifest.csv']} does not belong to {paths['galaxies.h5']}; run dvc repro")
    found = croissant(galaxies, classes, files, publication, date=time.strftime("%Y-%m-%d", time.gmtime()))
    with writable(output):
        write_text(target, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return f"{output}: {len(galaxies)} galaxies and their split, described in Croissant 1.0"


def _completed(known: Publication, **given: object) -> Publication:
    """Return `known` with the values that the user has given, and check that no needed value is missing."""
    found = replace(known, **{key: value for key, value in given.items() if value})  # type: ignore[arg-type]
    if given["creators"]:
        found = replace(found, creator_type="sc:Person")
    needed = [field.name for field in fields(found) if field.name != "cite_as" and not getattr(found, field.name)]
    if needed:
        options = ", ".join(f"--{'creator' if name == 'creators' else name}" for name in needed)
        raise InputError(f"Croissant needs facts about these galaxies that are not recorded here; give {options}")
    return found


def _data_file(path: Path, beside: Path) -> DataFile:
    try:
        size, sha256 = path.stat().st_size, file_sha256(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); run dvc repro or dvc pull") from None
    return DataFile(os.path.relpath(path.resolve(), beside), size, sha256)
