"""Writes the page's warnings, facts, differences from the report's protocol, and results of the audit."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from galaxy.report.published import EPOCHS, GALAXIES, IMAGE_SIZE
from galaxy.report.quantities import listed
from galaxy.report.read_files import Audit
from galaxy.report.row_results import RowResults
from galaxy.report.weights import find_origin

AUDITED = (
    ("same_position", "pairs at the same position"),
    ("same_position_conflicting", "pairs at the same position with different labels"),
    ("within_10_arcsec", "pairs within 10 arcsec"),
    ("near_identical", "pairs of nearly identical images"),
    ("near_identical_conflicting", "pairs of nearly identical images with different labels"),
    ("blank", "blank images"),
    ("saturated", "saturated images"),
    ("truncated", "images with missing parts"),
    ("unusable_redshift", "galaxies without usable redshift"),
    ("unusable_ra", "galaxies without known position"),
)
"""Counts of the audit, with their names on the page."""

DATA = {"rendered": "rendered by this project", "galaxy10": "Galaxy10 DECaLS"}
"""Names of the sources of data; any other source is the path of a user's file."""


def started_otherwise(models: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Find the supervised rows that are meant to start from ImageNet weights and start from other weights.

    Args:
        models: Description of each supervised row.

    Returns:
        The value of `weights` of each such row, by row.
    """
    return {
        name: entry["weights"]
        for name, entry in models.items()
        if (entry["kind"] == "timm" or entry.get("freeze", 0) or entry.get("reinit", 0))
        and entry["weights"] not in ("imagenet", "pretrained")
    }


def banners(source: str, otherwise: Mapping[str, str], *, dino_weights: str) -> list[str]:
    """Return warnings for readers who compare the results with the report's.

    Args:
        source: Origin of the galaxies.
        otherwise: Initial weights of the supervised rows that do not start from ImageNet weights, by row.
        dino_weights: Weights of DINO's backbone.
    """
    texts = []
    if source == "rendered":
        texts.append(
            "The galaxies of this run are drawn by this project's renderer and are not observations. The results show "
            "that the pipeline works; they are not results on real galaxies."
        )
    weights = dict(otherwise) | ({} if dino_weights == "pretrained" else {"the DINO rows": dino_weights})
    if rows := [name for name, value in weights.items() if value == "random"]:
        texts.append(
            f"{listed(rows)} start from random weights instead of pretrained ones, so these rows do not test transfer "
            "learning."
        )
    for value in dict.fromkeys(value for value in weights.values() if value != "random"):
        rows = [name for name, other in weights.items() if other == value]
        texts.append(
            f"The weights of {listed(rows)} are not those of the report. They were trained on "
            f"{find_origin(value).learnt_from}."
        )
    return texts


def facts(
    source: str, audit: Audit | None, manifest: str, *, galaxies: int, size: int, rows: Sequence[RowResults]
) -> list[dict[str, Any]]:
    """Return names and values of facts about the run; `hash` is true for values that are hashes.

    Args:
        source: Origin of the galaxies.
        audit: The audit of the data, if there was one.
        manifest: SHA-256 of the split manifest.
        galaxies: Number of galaxies in the manifest.
        size: Pixels on a side of the images that the networks see.
        rows: All rows of the table.
    """
    found: list[dict[str, Any]] = [
        {"name": "Data", "value": DATA.get(source, PurePath(source).name), "hash": False},
        {"name": "Galaxies", "value": f"{galaxies:,}", "hash": False},
        {"name": "Image size", "value": f"{size} x {size} px", "hash": False},
    ]
    seeds = sorted({seed for row in rows if row.history for seed in row.details.seeds})
    if seeds:
        found.append({"name": "Seeds", "value": ", ".join(map(str, seeds)), "hash": False})
        found.append({"name": "Epochs", "value": str(_epochs(rows)), "hash": False})
    if audit and audit.sha256:
        found.append({"name": "SHA-256 of the data", "value": audit.sha256, "hash": True})
    found.append({"name": "SHA-256 of the split", "value": manifest, "hash": True})
    return found


def deviations(
    source: str,
    *,
    galaxies: int,
    classes: int,
    comparable: bool,
    size: int,
    rows: Sequence[RowResults],
    other_weights: bool,
) -> list[str]:
    """Return the main differences between this run and the report's protocol.

    Args:
        source: Origin of the galaxies.
        galaxies: Number of galaxies in the manifest.
        classes: Number of classes.
        comparable: Whether our results may be compared with the report's.
        size: Pixels on a side of the images that the networks see.
        rows: All rows of the table.
        other_weights: Whether a row starts from other weights than the report's.
    """
    texts = []
    if not comparable:
        texts.append(
            f"data of one's own ({galaxies:,} galaxies in {classes} classes) instead of Galaxy10 DECaLS, so the "
            "report's figures are not shown"
        )
    elif source == "rendered":
        texts.append(f"other galaxies ({galaxies:,} instead of {GALAXIES:,})")
    if size != IMAGE_SIZE:
        texts.append(f"images of {size} px instead of {IMAGE_SIZE}")
    epochs = _epochs(rows)
    if epochs and epochs != EPOCHS:
        texts.append(f"{epochs} epochs instead of {EPOCHS}")
    if other_weights:
        texts.append("other weights than the report's")
    return texts


def audit_sentences(audit: Audit | None) -> list[str]:
    """Return the results of the audit of the data as sentences; an empty list if there was no audit."""
    if audit is None:
        return []
    lines = [f"{audit.galaxies:,} galaxies of {audit.size} px in {len(audit.classes)} classes."]
    if audit.counts_as_published:
        lines.append("The numbers of galaxies per class are those of the published file.")
    if audit.sorted_by_class:
        lines.append("The rows of the file are sorted by class; the split shuffles them.")
    counts = [(getattr(audit, key), text) for key, text in AUDITED]
    lines += [f"{count:,} {text}." for count, text in counts if count]
    if absent := [text for count, text in counts if count == 0 and "different labels" not in text]:
        lines.append(f"Looked for and not found: {', '.join(absent)}.")
    return lines


def _epochs(rows: Sequence[RowResults]) -> int:
    return max((int(record["epoch"]) + 1 for row in rows for record in row.history), default=0)
