"""What the page says about the run itself: warnings, facts, differences from the report's protocol, and the audit."""

from collections.abc import Mapping, Sequence
from typing import Any

from galaxy.report.published import EPOCHS, GALAXIES, IMAGE_SIZE
from galaxy.report.quantities import listed
from galaxy.report.read_files import Audit
from galaxy.report.row_results import Row

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
"""Counts of the audit with their names."""

DATA = {"rendered": "rendered by this project", "galaxy10": "Galaxy10 DECaLS"}
"""Names of the sources of data; any other source is a file that the user gave."""


def transfer_note(entry: Mapping[str, Any]) -> str | None:
    """Return a note for a row that is meant to start from pretrained weights and starts from random ones.

    Args:
        entry: The row's entry under `models` in the parameters.
    """
    pretrained = entry["kind"] == "timm" or entry.get("freeze", 0) or entry.get("reinit", 0)
    return "random weights: no transfer" if pretrained and entry["weights"] == "random" else None


def banners(source: str, untransferred: Sequence[str], *, untrained: bool) -> list[str]:
    """Return warnings for readers who compare the figures with the report's.

    Args:
        source: Where the galaxies come from.
        untransferred: Rows that start from random weights instead of pretrained ones.
        untrained: Whether DINO has random weights.
    """
    texts = []
    if source == "rendered":
        texts.append(
            "The galaxies of this run are drawn by this project's renderer. They are not observations. The figures "
            "show that the pipeline works and say nothing about real galaxies."
        )
    rows = [*untransferred, *(["the DINO rows"] if untrained else [])]
    if rows:
        texts.append(
            f"Random weights stand in for pretrained ones in {listed(rows)}. Nothing was transferred there, so these "
            "rows do not test transfer learning."
        )
    return texts


def facts(
    source: str, audit: Audit | None, manifest: str, *, galaxies: int, size: int, rows: Sequence[Row]
) -> list[dict[str, Any]]:
    """Return names and values that describe the run; `hash` marks values that are hashes.

    Args:
        source: Where the galaxies come from.
        audit: The audit of the data, if there was one.
        manifest: SHA-256 of the split manifest.
        galaxies: Number of galaxies in the manifest.
        size: Pixels on a side of the images that the networks see.
        rows: All rows of the table.
    """
    found: list[dict[str, Any]] = [
        {"name": "Data", "value": DATA.get(source, "a file of one's own"), "hash": False},
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


def deviations(source: str, *, galaxies: int, size: int, rows: Sequence[Row], random_weights: bool) -> list[str]:
    """Return the chief differences between this run and the report's protocol.

    Args:
        source: Where the galaxies come from.
        galaxies: Number of galaxies in the manifest.
        size: Pixels on a side of the images that the networks see.
        rows: All rows of the table.
        random_weights: Whether a row has random weights where the report has pretrained ones.
    """
    texts = []
    if source != "galaxy10":
        texts.append(f"other galaxies ({galaxies:,} instead of {GALAXIES:,})")
    if size != IMAGE_SIZE:
        texts.append(f"images of {size} px instead of {IMAGE_SIZE}")
    epochs = _epochs(rows)
    if epochs and epochs != EPOCHS:
        texts.append(f"{epochs} epochs instead of {EPOCHS}")
    if random_weights:
        texts.append("random weights instead of pretrained ones")
    return texts


def audit_sentences(audit: Audit | None) -> list[str]:
    """Return what the audit of the data found."""
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


def _epochs(rows: Sequence[Row]) -> int:
    return max((int(record["epoch"]) + 1 for row in rows for record in row.history), default=0)
