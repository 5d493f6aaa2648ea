"""Puts what was measured on this machine into the page; stage `report` and the command `galaxy page` do it."""

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml.error import YAMLError

from galaxy.atomic import write_text
from galaxy.errors import InputError
from galaxy.report.quantities import duration
from galaxy.report.run import insert_run
from galaxy.tracking.spool import find_root
from galaxy.workbench.profile_values import differences, profile_of, shown
from galaxy.workbench.stage_log import Entry, matching_entries

AFTER = ("report", "checksums")
"""Stages that compute nothing that the page shows."""


def write_page(folder: Path, params_path: Path) -> list[str]:
    """Write `folder`/index.html from `folder`/body.html; return the stages of which nothing was recorded here.

    Raises:
        InputError: body.html is missing, or not one of this version.
    """
    body = folder / "body.html"
    try:
        page = body.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no text"
        raise InputError(
            f"{body} cannot be read ({reason}); dvc repro report writes it, dvc checkout restores it"
        ) from None
    entries = matching_entries(find_root(params_path))
    unknown = _unrecorded(entries, params_path.resolve().parent / "dvc.lock")
    costs: dict[str, dict[str, float]] = {}
    for entry in entries:
        for subject, values in entry.costs.items():
            for row in (subject, f"{subject}-kmeans"):
                costs.setdefault(row, {}).update(values)
    settings = _unlike_the_report(params_path)
    facts = [("Profile", profile_of(params_path)), *run_facts(entries)]
    try:
        page = insert_run(page, facts=facts, notes=_notes(entries), settings=settings, unknown=unknown, costs=costs)
    except ValueError:
        raise InputError(f"{body} is not of this version; run dvc repro report") from None
    write_text(folder / "index.html", page)
    return unknown


def _unlike_the_report(params_path: Path) -> list[tuple[str, str, str]]:
    """Settings that keep params.yaml from the paper profile; none where there are no profiles beside it."""
    try:
        unlike = differences(params_path, ["paper"], params_path.resolve().parent / "profiles")
    except (OSError, YAMLError):
        return []
    return [(key, shown(here), shown(paper)) for key, (here, paper) in unlike.items()]


def run_facts(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """Commit, experiment, date, duration, machine and versions of the stages that made what the page shows."""
    if not entries:
        return []
    facts = [("Commit", _several([_commit(entry.origin) for entry in entries]))]
    if experiments := [entry.origin["dvc_exp"] for entry in entries if "dvc_exp" in entry.origin]:
        facts.append(("DVC experiment", _several(experiments)))
    finished = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(entries[-1].finished))
    facts += [("Finished", finished), ("Computing time", duration(sum(entry.seconds for entry in entries)))]
    facts.append(("Machine", _several([entry.machine for entry in entries])))
    return facts


def _notes(entries: Sequence[Entry]) -> list[str]:
    if not entries:
        text = "Commit, machine, durations and throughput were not recorded on this machine: what the page shows was "
        return [text + "computed elsewhere. Where it was computed they stand in MLflow, too (make ui)."]
    versions: dict[str, list[str]] = {}
    for entry in entries:
        for name, version in entry.versions.items():
            versions.setdefault(name, []).append(version)
    software = ", ".join(f"{name} {_several(found)}" for name, found in versions.items())
    return [f"Computed with {software}. Computing time is the sum over the stages."]


def _unrecorded(entries: Sequence[Entry], lock: Path) -> list[str]:
    # Stages are the keys two spaces deep; reading the file as YAML would take half of the time of this command.
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    known = {entry.stage for entry in entries}
    stages = re.findall(r"^  ([\w@.-]+):$", text, re.MULTILINE)
    return [stage for stage in stages if stage not in known and stage not in AFTER]


def _commit(origin: Mapping[str, str]) -> str:
    commit = origin.get("commit", "")[:12] or "not known"
    return f"{commit} with uncommitted changes" if "uncommitted_changes" in origin else commit


def _several(values: Sequence[str]) -> str:
    """Different values once each, the latest last."""
    return ", ".join(dict.fromkeys(values))
