"""Writes the page's warnings, facts, differences from the report's protocol, and results of the audit."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from galaxy.report.published import EPOCHS, GALAXIES, IMAGE_SIZE
from galaxy.report.quantities import listed
from galaxy.report.read_files import Audit
from galaxy.report.row_results import RowResults
from galaxy.report.weights import DINO, NO_NETWORK, ORIGINS

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


def banners(source: str, otherwise: Mapping[str, str], *, weights: Sequence[Mapping[str, str]]) -> list[str]:
    """Return warnings for readers who compare the results with the report's.

    Args:
        source: Origin of the galaxies.
        otherwise: Initial weights of the supervised rows that do not start from ImageNet weights, by row.
        weights: Data that the weights of each row were trained on, see `weight_lines`.
    """
    texts = []
    if source == "rendered":
        texts.append(
            "The galaxies of this run are drawn by this project's renderer and are not observations. The results show "
            "that the pipeline works; they are not results on real galaxies."
        )
    learnt_from = {line["row"]: line["learnt_from"] for line in weights}
    random = ORIGINS["random"].learnt_from
    meant = [row for row in learnt_from if row in otherwise or row.startswith("dino")]
    if rows := [row for row in meant if learnt_from[row] == random]:
        texts.append(
            f"{listed(_joined(rows, meant))} start from random weights instead of pretrained ones, so these rows do "
            "not test transfer learning."
        )
    expected = {origin.learnt_from for origin in (ORIGINS["random"], NO_NETWORK, ORIGINS["imagenet"], DINO)}
    for data in dict.fromkeys(data for data in learnt_from.values() if data not in expected):
        rows = _joined([row for row, other in learnt_from.items() if other == data], list(learnt_from))
        told = "What they were trained on is" if data.startswith("not known") else "They were trained on"
        texts.append(f"The weights of {listed(rows)} are not those of the report. {told} {data}.")
    return texts


def has_other_weights(weights: Sequence[Mapping[str, str]]) -> bool:
    """Return whether a row of the report starts from weights that have learnt from other data than the report's.

    Args:
        weights: Data that the weights of each row were trained on, see `weight_lines`.
    """
    reported = {"vgg11-scratch": "random", "custom": "random", "vgg11-deep": "imagenet", "vgg11-shallow": "imagenet"}
    wanted = {row: ORIGINS[name].learnt_from for row, name in reported.items()}
    wanted |= {"dino-kmeans": DINO.learnt_from, "dino-lora-kmeans": DINO.learnt_from}
    return any(line["learnt_from"] != wanted.get(line["row"], line["learnt_from"]) for line in weights)


def _joined(rows: Sequence[str], among: Sequence[str]) -> list[str]:
    """Return names of rows, with those of DINO as "the DINO rows" if all of `among` are in `rows`."""
    dino = [row for row in among if row.startswith("dino")]
    if len(dino) < 2 or not set(dino) <= set(rows):
        return list(rows)
    return [*(row for row in rows if row not in dino), "the DINO rows"]


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
