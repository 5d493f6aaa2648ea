"""What the page says about the run itself: banners, facts, deviations from the report's protocol, audit, citations."""

from collections.abc import Mapping, Sequence
from typing import Any

from galaxy.report.published import EPOCHS, GALAXIES, IMAGE_SIZE
from galaxy.report.row_files import RowFiles

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
"""Counts of the audit, in words."""


def transfer_note(entry: Mapping[str, Any]) -> str | None:
    """What to know about a row that is meant to start from pretrained weights and did not."""
    pretrained = entry["kind"] == "timm" or entry.get("freeze", 0) or entry.get("reinit", 0)
    return "random weights: no transfer" if pretrained and entry["weights"] == "random" else None


def banners(source: str, notes: Mapping[str, str], dino_weights: str) -> list[str]:
    """Plain warnings for whoever compares these figures with the report's."""
    texts = []
    if source == "rendered":
        texts.append(
            "These galaxies are rendered by this project, not observed: the figures show that the pipeline works, "
            "and say nothing about real galaxies."
        )
    rows = list(notes)
    if dino_weights == "random":
        rows.append("the DINO rows")
    if rows:
        listed = rows[0] if len(rows) == 1 else f"{', '.join(rows[:-1])} and {rows[-1]}"
        texts.append(
            f"Random weights in place of pretrained ones: {listed}. Nothing was transferred there, so these rows "
            "are no test of transfer learning."
        )
    return texts


def facts(
    source: str, audit: Mapping[str, Any], manifest: str, *, galaxies: int, size: int, rows: Sequence[RowFiles]
) -> list[dict[str, Any]]:
    """Name and value pairs, hashes marked."""
    kind = {"rendered": "rendered", "galaxy10": "Galaxy10 DECaLS"}.get(source, "a file of one's own")
    found: list[dict[str, Any]] = [
        {"name": "Data", "value": kind, "hash": False},
        {"name": "Galaxies", "value": f"{galaxies:,}", "hash": False},
        {"name": "Image size", "value": f"{size} x {size} px", "hash": False},
    ]
    seeds = sorted({seed for row in rows if row.history for seed in row.details["seeds"]})
    if seeds:
        found.append({"name": "Seeds", "value": ", ".join(map(str, seeds)), "hash": False})
        found.append({"name": "Epochs", "value": str(_epochs(rows)), "hash": False})
    if "sha256" in audit:
        found.append({"name": "SHA-256 of the data", "value": audit["sha256"], "hash": True})
    found.append({"name": "SHA-256 of the split", "value": manifest, "hash": True})
    return found


def deviations(
    source: str, *, galaxies: int, size: int, rows: Sequence[RowFiles], notes: Mapping[str, str], dino_weights: str
) -> list[str]:
    """What keeps this run from being the report's protocol."""
    texts = []
    if source != "galaxy10":
        texts.append(f"other galaxies ({galaxies:,} instead of {GALAXIES:,})")
    if size != IMAGE_SIZE:
        texts.append(f"images of {size} px instead of {IMAGE_SIZE}")
    epochs = _epochs(rows)
    if epochs and epochs != EPOCHS:
        texts.append(f"{epochs} epochs instead of {EPOCHS}")
    if notes or dino_weights == "random":
        texts.append("random weights instead of pretrained ones")
    return texts


def audit_sentences(audit: Mapping[str, Any]) -> list[str]:
    """The findings of the audit that a reader should know."""
    if not audit:
        return []
    lines = [f"{audit['galaxies']:,} galaxies of {audit['size']} px in {len(audit['classes'])} classes."]
    if audit.get("counts_as_published"):
        lines.append("The counts of the classes are those of the published file.")
    if audit.get("sorted_by_class"):
        lines.append("Rows are sorted by class; the split shuffles them.")
    lines += [f"{audit[key]:,} {text}." for key, text in AUDITED if audit.get(key)]
    if clean := [text for key, text in AUDITED if audit.get(key) == 0 and "different labels" not in text]:
        lines.append(f"Looked for and not found: {', '.join(clean)}.")
    return lines


def _epochs(rows: Sequence[RowFiles]) -> int:
    return max((int(record["epoch"]) + 1 for row in rows for record in row.history), default=0)
