"""Writes what was measured on this machine into machine.js beside the page, and prints the summary."""

import json
import re
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml.error import YAMLError

from galaxy.atomic import write_text
from galaxy.errors import InputError
from galaxy.output_path import refuse_inputs
from galaxy.report.machine import FILE, machine_script
from galaxy.report.quantities import duration
from galaxy.report.study_page import study_section
from galaxy.tracking.spool import find_root
from galaxy.workbench.profile_values import differences, profile_of, shown
from galaxy.workbench.report_map import matching_map, remove_other_map
from galaxy.workbench.stage_log import Entry, matching_entries

STUDY = "studies/labels.json"
"""Default output of `galaxy study labels`, in the folder of params.yaml."""

_IMAGES = "data/store/images.npy"
"""The pictures at the training size, as SHA256SUMS names them; their sum differs with another size or crop."""

NOT_SHOWN = ("code", "inputs", "report", "checksums")
"""Stages that compute nothing that the page shows."""


def write_machine(folder: Path, params_path: Path) -> list[str]:
    """Write machine.js beside `folder`/index.html, and remove a map that was drawn for another page.

    Args:
        folder: Folder of the page.
        params_path: The params.yaml of the repository.

    Returns:
        The stages that were not recorded on this machine.

    Raises:
        InputError: If index.html is missing, or of another version.
    """
    read = [params_path, *(folder / name for name in ("index.html", "findings.txt"))]
    refuse_inputs(folder / FILE, read, remedy="remove it, and this command writes it")
    page = _read(folder / "index.html")
    entries = matching_entries(find_root(params_path))
    unknown = _unrecorded(entries, params_path.resolve().parent / "dvc.lock")
    training = {
        row: costs["training_seconds"]
        for entry in entries
        for name, costs in entry.costs.items()
        if "training_seconds" in costs
        for row in (name, f"{name}-kmeans")  # a fine-tune is recorded by the name of its features
    }
    study, study_note = _label_study(params_path.resolve().parent, page)
    try:
        script = machine_script(
            page,
            facts=[("Profile", profile_of(params_path)), *_run_facts(entries)],
            notes=[*_notes(entries, unknown), *study_note],
            settings=_unlike_the_report(params_path),
            training=training,
            galaxies_map=matching_map(folder, page),
            label_study=study,
        )
    except ValueError:
        raise InputError(f"{folder / 'index.html'} was written by another version; run dvc repro report") from None
    remove_other_map(folder, page)
    write_text(folder / FILE, script)
    return unknown


def _label_study(root: Path, page: str) -> tuple[str | None, list[str]]:
    """Return the study of the number of labels as HTML if it used this page's split and pictures, and notes on it."""
    path, sums = root / STUDY, root / "SHA256SUMS"
    if not path.is_file():
        return None, []
    try:
        study = json.loads(path.read_text(encoding="utf-8"))
        split, store = (study["source"].get(key) for key in ("manifest", "store"))
        recorded = sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else []
        if not split or split not in page:
            return None, [f"{STUDY} is not shown, because it was measured on another split or another file."]
        if f"{store}  {_IMAGES}" not in recorded:
            return None, [f"{STUDY} is not shown, because it was measured on other pictures than {_IMAGES} holds now."]
        return study_section(study["summary"], study["findings"], notes=study["notes"]), []
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None, [f"{STUDY} is not shown, because it cannot be read; galaxy study labels --overwrite replaces it."]


def summary_text(folder: Path, *, width: int) -> str:
    """Return the findings and the address of the page, for a terminal.

    Args:
        folder: Folder of the page.
        width: Columns of the terminal.

    Raises:
        InputError: If findings.txt is missing.
    """
    findings = _read(folder / "findings.txt").splitlines()
    lines = [textwrap.fill(line, width, initial_indent="- ", subsequent_indent="  ") for line in findings]
    return "\n".join(["What this run found:", *lines, f"The page: {(folder / 'index.html').resolve().as_uri()}"])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a text"
        raise InputError(
            f"{path} cannot be read ({reason}); dvc repro report writes it, dvc checkout restores it"
        ) from None


def _unlike_the_report(params_path: Path) -> list[tuple[str, str, str]]:
    """Return the settings that differ from the profile `paper`; none if there are no profiles beside params.yaml."""
    try:
        unlike = differences(params_path, ["paper"], params_path.resolve().parent / "profiles")
    except (OSError, YAMLError):
        return []
    return [(key, shown(here), shown(paper)) for key, (here, paper) in unlike.items()]


def _run_facts(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """Return commit, experiment, date, duration and machine of the stages that made what the page shows."""
    if not entries:
        return []
    facts = [("Commit", _several([_commit(entry.origin) for entry in entries]))]
    if experiments := [entry.origin["dvc_exp"] for entry in entries if "dvc_exp" in entry.origin]:
        facts.append(("DVC experiment", _several(experiments)))
    finished = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(entries[-1].finished))
    facts += [("Finished", finished), ("Computing time", duration(sum(entry.seconds for entry in entries)))]
    facts.append(("Machine", _several([entry.machine for entry in entries])))
    return facts


def _notes(entries: Sequence[Entry], unknown: Sequence[str]) -> list[str]:
    if not entries:
        text = (
            "Commit, machine and durations were not recorded here, so the figures were computed on another machine, "
            "whose MLflow store has them as well (make ui)."
        )
        return [text]
    versions: dict[str, list[str]] = {}
    for entry in entries:
        for name, version in entry.versions.items():
            versions.setdefault(name, []).append(version)
    software = ", ".join(f"{name} {_several(found)}" for name, found in versions.items())
    notes = [f"Computed with {software}. The computing time is the sum over the stages."]
    if unknown:
        notes.append(f"Stages that were not recorded on this machine: {', '.join(unknown)}.")
    return notes


def _unrecorded(entries: Sequence[Entry], lock: Path) -> list[str]:
    # Stages are the keys two spaces deep. Reading the file as YAML would take half of the time of this command.
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    known = {entry.stage for entry in entries}
    stages = re.findall(r"^  ([\w@.-]+):$", text, re.MULTILINE)
    return [stage for stage in stages if stage not in known and stage not in NOT_SHOWN]


def _commit(origin: Mapping[str, str]) -> str:
    commit = origin.get("commit", "")[:12] or "not known"
    return f"{commit} with uncommitted changes" if "uncommitted_changes" in origin else commit


def _several(values: Sequence[str]) -> str:
    """Join the different values, the latest last."""
    return ", ".join(dict.fromkeys(values))
