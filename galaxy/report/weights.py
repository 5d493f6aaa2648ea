"""Describes the training data of the initial weights of each row, and its overlap with Galaxy10 DECaLS."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from galaxy.report.row_results import RowResults


@dataclass(frozen=True)
class Origin:
    """Training data of weights."""

    learnt_from: str
    overlap: str
    """Whether the training data includes galaxies of Galaxy10 DECaLS, with the source."""


NO_GALAXIES = "none: no galaxy was seen"
NO_NETWORK = Origin("nothing: no network", NO_GALAXIES)
DINO = Origin("photographs of ImageNet, without labels (DINO, arXiv:2104.14294)", NO_GALAXIES)
UNKNOWN = Origin("not known: weights from a file", "not known: weights from a file")
ORIGINS = {
    "random": Origin("nothing: random weights", NO_GALAXIES),
    "imagenet": Origin("photographs of ImageNet (arXiv:1409.0575), with labels", NO_GALAXIES),
    "fractals": Origin("fractal images drawn from formulas, no photographs and no galaxies", NO_GALAXIES),
    "rendered": Origin(
        "fractal images, then galaxies drawn by this project's renderer", "none: no observed galaxy was seen"
    ),
}
"""Origins by the value of `weights` in the parameters."""

OVERLAPPING = {
    r"zoobot": Origin(
        "galaxies of Galaxy Zoo, with volunteers' answers",
        "yes: Galaxy Zoo DECaLS, from which Galaxy10's labels come (Walmsley et al. 2022, arXiv:2102.08414)",
    ),
    r"galaxy-?10|matthieulel": Origin(
        "galaxies of Galaxy10 DECaLS, with labels", "yes: Galaxy10 DECaLS itself, in another split"
    ),
    r"astro-?clip": Origin(
        "images and spectra of the Legacy Surveys and DESI (arXiv:2310.03024)", "yes: images of the same survey"
    ),
    r"(?<![a-z])aion(?![a-z])": Origin(
        "images and spectra of five surveys, the Legacy Surveys among them (arXiv:2510.17960)",
        "yes: images of the same survey",
    ),
}
"""Origins of networks trained on the same survey, by a pattern in the name of the weights or of the model."""


def find_origin(weights: str, model: str = "") -> Origin:
    """Return what weights were trained on.

    The name of a file tells; the folders above it may as well be named after what their owner works on, so that they
    make an overlap possible, not certain.

    Args:
        weights: The value of `weights` in the parameters: a name, or the path of a checkpoint.
        model: Name of the model; the tag in timm's names says what the weights were trained on.
    """
    path = PurePath(weights)
    for pattern, origin in OVERLAPPING.items():
        if weights != "random" and re.search(pattern, f"{path.name} {model}".lower()):
            return origin
    for pattern in OVERLAPPING:
        if found := re.search(pattern, str(path.parent).lower()):
            return Origin("not known: weights from a file", f"possible: a folder of the file is named after {found[0]}")
    if weights == "pretrained":
        tag = model.partition(".")[2]
        if tag == "dino":
            return DINO
        named = f"the data that timm names {tag}" if tag else "not known"
        return Origin(named, "not known: see the model's card")
    return ORIGINS.get(weights, UNKNOWN)


def find_source_origin(source: Mapping[str, Any]) -> Origin:
    """Return what the weights of the network were trained on whose features were clustered.

    Args:
        source: Description of the features in an embeddings file; `weights` in it begins with a word for the weights.
    """
    if "weights" not in source:
        return NO_NETWORK
    word, _, rest = str(source["weights"]).partition(" ")
    if word == "pretrained":
        return find_origin(word, rest)
    return find_origin(rest if word == "checkpoint" else word.rstrip(",").lower(), str(source.get("backbone", "")))


def weight_lines(
    rows: Sequence[RowResults], models: Mapping[str, Mapping[str, Any]], *, backbone: str, dino_weights: str
) -> list[dict[str, str]]:
    """Return the training data of the initial weights of each row, and its overlap with Galaxy10 DECaLS.

    Args:
        rows: All rows of the table.
        models: Description of each supervised row.
        backbone: Name of DINO's backbone.
        dino_weights: Weights of DINO's backbone.
    """
    lines = []
    for row in rows:
        if row.name in models:
            entry = models[row.name]
            origin = find_origin(entry["weights"], str(entry.get("name", "")))
        elif row.details.clusters and row.details.clusters.source.weights.startswith("ImageNet "):
            origin = ORIGINS["imagenet"]  # the network that dino_best.network names
        elif row.name.startswith("dino"):
            origin = find_origin(dino_weights, backbone)
        elif row.details.clusters and row.details.clusters.source.parameters is None:
            origin = NO_NETWORK
        else:
            origin = ORIGINS["random"]
        lines.append({"row": row.name, "learnt_from": origin.learnt_from, "overlap": origin.overlap})
    return lines
