"""The table at the end of a rehearsal: what was measured, and what the whole protocol would take."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.projection import DEVICES, Counts, Work, finetune_work, row_work
from galaxy.workbench.check import section_kinds
from galaxy.workbench.params_file import load_params, validated
from galaxy.workbench.profile import apply_profile
from tests.root import ROOT

_GB = 1e9


def write_table(measured: Mapping[str, Any]) -> str:
    """Return the measurements of each part as Markdown, with projections where trainings were measured.

    Args:
        measured: By part, then by stage, what `benchmarks.rehearsal` has measured.
    """
    lines = []
    for part, stages in measured.items():
        whole = stages[""]
        lines += [f"\n### {part}: {whole['count']:,} galaxies\n", "| stage | s | memory, GB | disk, GB |"]
        lines.append("|---|---|---|---|")
        lines += [
            f"| {stage} | {cost['seconds']:.1f} | {cost['memory'] / _GB:.2f} | {cost['disk'] / _GB:.1f} |"
            for stage, cost in stages.items()
            if stage
        ]
        lines.append(f"\nThe repository has {whole['disk'] / _GB:.1f} GB.")
        if whole["requests"]:
            places = ", ".join(f"{start:,}" for start in whole["requests"])
            lines.append(f"The server was asked for the galaxies from these bytes on: {places}.")
    if "networks" in measured:
        lines += ["", *projections(measured["networks"][""])]
    return "\n".join(lines)


def projections(whole: Mapping[str, Any]) -> list[str]:
    """Return the lines of the table of projections.

    On this machine a training is projected by the ratio of multiply-adds from the seconds that were measured, on a GPU
    from the rates in its data sheet, as the least time possible.

    Args:
        whole: What holds for the part whose trainings were measured.
    """
    rehearsed, counts = read_sections(whole["params"]), split_counts(whole["count"])
    full, all_counts = protocol_sections(), split_counts(17_736)
    lines = [
        "### The whole protocol, projected\n",
        f"| stage | PFLOP | TB moved | this machine, h | {', h at least | '.join(DEVICES)}, h at least |",
        f"|{'---|' * (4 + len(DEVICES))}",
    ]
    total = [0.0] * (1 + len(DEVICES))
    for row, (work, small) in _pairs(full, all_counts, rehearsed, counts).items():
        seconds = whole["training"].get(row)
        if seconds is None:
            continue
        seconds *= len(rehearsed["train"].seeds) if row in rehearsed["models"] else 1
        hours = [seconds * work.multiply_adds / small.multiply_adds / 3600]
        hours += [work.least_seconds(device) / 3600 for device in DEVICES]
        total = [a + b for a, b in zip(total, hours, strict=True)]
        shown = " | ".join(f"{value:.2f}" for value in hours)
        lines.append(f"| {row} | {2 * work.multiply_adds / 1e15:.1f} | {work.moved / 1e12:.0f} | {shown} |")
    lines.append(f"| together | | | {' | '.join(f'{value:.2f}' for value in total)} |")
    return lines


def _pairs(
    full: Mapping[str, Any], all_counts: Counts, rehearsed: Mapping[str, Any], counts: Counts
) -> dict[str, tuple[Work, Work]]:
    """Return the work of the protocol and of the rehearsal, by row."""
    found = {}
    for row, entry in full["models"].items():
        if row in rehearsed["models"]:
            small = rehearsed["models"][row]
            found[row] = (
                row_work(entry.architecture(), full["train"], size=full["split"].size, counts=all_counts),
                row_work(small.architecture(), rehearsed["train"], size=rehearsed["split"].size, counts=counts),
            )
    found["dino-lora"] = (
        finetune_work(full["dino"], full["dino_finetune"], counts=all_counts),
        finetune_work(rehearsed["dino"], rehearsed["dino_finetune"], counts=counts),
    )
    return found


def read_sections(text: str) -> dict[str, Any]:
    """Return the validated sections of a params.yaml, given as text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "params.yaml"
        path.write_text(text, encoding="utf-8")
        content = load_params(path)
        return {key: validated(path, key, content[key], kind) for key, kind in section_kinds().items()}


def protocol_sections() -> dict[str, Any]:
    """Return the validated sections of `galaxy profile paper`."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "params.yaml"
        path.write_bytes((ROOT / "params.yaml").read_bytes())
        apply_profile(path, ["paper"], folder=ROOT / "profiles")
        return read_sections(path.read_text(encoding="utf-8"))


def split_counts(count: int) -> Counts:
    """Return the sizes of the default split, to a few galaxies."""
    validation, test = round(0.1 * count), round(0.2 * count)
    return Counts(count - validation - test, validation, test)
