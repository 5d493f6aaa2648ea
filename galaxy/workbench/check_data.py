"""Checks that there are enough galaxies, and that their images are large enough, for the settings of all stages."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.workbench.check_hashes import hash_problems
from galaxy.workbench.galaxy10_place import galaxy10_place
from galaxy.workbench.named_inputs import WORDS, from_root

GALAXY10_COUNT, GALAXY10_SIZE, GALAXY10_CLASSES = 17_736, 256, 10
"""Number of galaxies, width of the images in pixels, and number of classes of Galaxy10 DECaLS."""


def data_problems(sections: Mapping[str, Any], *, files: bool) -> list[str]:
    """Return one line for each size or number of galaxies that cannot work.

    Args:
        sections: All sections of params.yaml, validated.
        files: Whether the files that params.yaml names are there and may be read.
    """
    download = sections["download"]
    if download.source == "rendered":
        count, size, classes = download.rendered.count, download.rendered.size, GALAXY10_CLASSES
    elif download.source == "galaxy10":
        count, size, classes = GALAXY10_COUNT, GALAXY10_SIZE, GALAXY10_CLASSES
    elif files:
        try:
            count, size, classes = read_shape(from_root(download.source))
        except InputError as error:
            return [f"download.source: {error}", *size_problems(sections, None)]
    else:
        return size_problems(sections, None)
    problems = size_problems(sections, size)
    if download.source not in WORDS["download"]:
        problems += class_problems(from_root(download.source))
    split = sections["split"]
    of_hashes, training = hash_problems(sections) if files else ([], None)
    if split.manifest is None and split.conflicts == "keep":
        # Because shares are rounded, the number is known up to one galaxy of each class.
        training = min(count, int(count * (1 - split.validation - split.test)) + classes)
        counted_in = f"the largest number of training galaxies that {count} galaxies can have"
    else:
        counted_in = f"the number of training galaxies in {split.manifest}"
    return [*problems, *of_hashes, *([] if training is None else count_problems(sections, training, counted_in))]


def source_problems(sections: Mapping[str, Any]) -> list[str]:
    """Return one line that says why Galaxy10 DECaLS is not here and cannot be downloaded, or no line if it can.

    Args:
        sections: All sections of params.yaml, validated.
    """
    if sections["download"].source != "galaxy10":
        return []
    from galaxy.data.fetch.galaxy10 import BYTES, SHA256, URLS

    try:
        place = galaxy10_place()
    except InputError as error:
        return [str(error)]
    if place.is_file():
        found, chosen = place.stat().st_size, os.environ.get("GALAXY10_FILE")
        remedy = "give GALAXY10_FILE the path of the whole file" if chosen else "remove it to have it downloaded again"
        if found != BYTES:
            return [f"{place} has {found} bytes, but Galaxy10 DECaLS has {BYTES}; {remedy}"]
        if (digest := file_sha256(place)) != SHA256:
            return [f"{place} has SHA-256 {digest[:12]}, but Galaxy10 DECaLS has {SHA256[:12]}; {remedy}"]
        return []
    if any(map(_answers, URLS)):
        return []
    reason = f"download.source is galaxy10, but none of {', '.join(URLS)} serves the file"
    return [f"{reason}: fetch it on another machine and put it at {place}"]


def _answers(url: str) -> bool:
    import requests

    from galaxy.data.fetch.http_session import BUSY, USER_AGENT

    try:
        answer = requests.head(url, headers={"User-Agent": USER_AGENT}, timeout=10, allow_redirects=True)
    except requests.RequestException:
        return False
    # Servers that know no HEAD answer 405 or 501, busy ones 429 and others, after which the download tries again.
    return answer.status_code < 400 or answer.status_code in (405, 501, *BUSY)


def read_shape(path: Path) -> tuple[int, int, int]:
    """Return number of galaxies, width in pixels and number of classes of an HDF5 file in Galaxy10's layout.

    Raises:
        InputError: If the file has another layout.
    """
    from galaxy.data.layout import open_galaxies

    with open_galaxies(path) as galaxies:
        return len(galaxies), galaxies.size, len(galaxies.class_names)


def class_problems(path: Path) -> list[str]:
    """Return one line for each class of a file that has too few galaxies for the split."""
    from galaxy.data.layout import open_galaxies
    from galaxy.data.split import too_small

    with open_galaxies(path) as galaxies:
        found = too_small(galaxies.label, class_names=galaxies.class_names)
    return [f"download.source: {problem}" for problem in found]


def size_problems(sections: Mapping[str, Any], source: int | None) -> list[str]:
    """Return what is wrong with the sizes of images from stage to stage.

    Args:
        sections: All sections of params.yaml, validated.
        source: Width of the galaxies' images in pixels, or None if it is unknown.
    """
    split, embed = sections["split"], sections["embed"]
    problems = []
    if split.crop is not None and source is not None and split.crop > source:
        problems.append(
            f"split.crop is {split.crop}; it must be at most {source}, the width of the images in pixels, or null"
        )
    width = split.crop or source
    if width is not None and split.size > width:
        images = "cropped images" if split.crop else "images"
        problems.append(f"split.size is {split.size}; it must be at most {width}, the width of the {images} in pixels")
    if embed.crop is not None and embed.crop > split.size:
        problems.append(f"embed.crop is {embed.crop}; it must be at most split.size, which is {split.size}, or null")
    return problems


def count_problems(sections: Mapping[str, Any], training: int, counted_in: str) -> list[str]:
    """Return one line for each setting that needs more galaxies than there are in the training split.

    Args:
        sections: All sections of params.yaml, validated.
        training: Largest number of training galaxies that is possible.
        counted_in: What this number is, in words.
    """
    finetune = sections["dino_finetune"]
    asked = {
        "train.batch_size": sections["train"].batch_size,
        "dino_finetune.images": finetune.images,
        "dino_finetune.batch_size": finetune.batch_size,
        "kmeans.clusters": sections["kmeans"].clusters,
        "dino_best.clusters": sections["dino_best"].clusters,
        "dino_best.dimensions": min(sections["dino_best"].dimensions),
        "evaluate_clusters.neighbours": sections["evaluate_clusters"].neighbours,
    }
    return [
        f"{key} is {value}; it must be at most {training}, {counted_in}"
        for key, value in asked.items()
        if value is not None and value > training
    ]
