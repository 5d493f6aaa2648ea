"""pretraining/dvc.lock describes the settings, the order of stages and the files of galaxy/weights in this checkout.

The code that the lock names is not compared: an edited comment would ask for an hour of training. Whoever wants to know
what has changed in it since the weights were made asks `dvc --cd pretraining status`.
"""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from galaxy.models.own_weights import list_own_weights
from tests.root import ROOT

FOLDER = ROOT / "pretraining"
REMEDY = "run make weights, and commit pretraining/dvc.lock with galaxy/weights"


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


STAGES = _read(FOLDER / "dvc.yaml")["stages"]
LOCKED = _read(FOLDER / "dvc.lock")["stages"]
PARAMS = _read(FOLDER / "params.yaml")


def _value(name: str) -> Any:
    found: Any = PARAMS
    for key in name.split("."):
        found = found[key]
    return found


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _differences(name: str) -> list[str]:
    """Return what a stage's entry in the lock says that is not so."""
    stage, locked = STAGES[name], LOCKED[name]
    outs = [path for out in stage["outs"] for path in ([out] if isinstance(out, str) else out)]
    named = {(kind, entry["path"]): entry["md5"] for kind in ("deps", "outs") for entry in locked[kind]}
    wanted = {*(("deps", path) for path in stage["deps"]), *(("outs", path) for path in outs)}
    found = [f"{path} is not recorded" for kind, path in wanted - named.keys()]
    found += [f"{path} is no longer named in dvc.yaml" for kind, path in named.keys() - wanted]
    if " ".join(locked["cmd"].split()) != " ".join(stage["cmd"].split()):
        found.append("the command has changed")
    recorded = locked["params"]["params.yaml"]
    found += [f"{key} of params.yaml has changed" for key in stage["params"] if recorded.get(key) != _value(key)]
    for (_, path), digest in named.items():
        file = FOLDER / path
        if file.suffix == ".safetensors" and _md5(file) != digest:
            found.append(f"{file.name} has changed")
    return found


def test_every_stage_is_recorded() -> None:
    assert LOCKED.keys() == STAGES.keys(), REMEDY


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_was_run_with_these_settings_and_made_these_files(name: str) -> None:
    differences = _differences(name)
    assert not differences, f"stage {name}: {'; '.join(differences)}; {REMEDY}"


@pytest.mark.parametrize("name", STAGES)
def test_the_run_cache_sees_every_size(name: str) -> None:
    """DVC leaves keys called `size` out of the hash under which it keeps earlier runs; see tests/test_pipeline.py."""
    listed = STAGES[name]["params"]
    sections = [key for key in listed if isinstance(_value(key), dict)]
    assert [key for key in listed if key not in sections] == [
        f"{key}.size" for key in sections if "size" in _value(key)
    ]


def test_stages_were_run_with_what_the_stages_before_them_made() -> None:
    made = {entry["path"]: entry["md5"] for stage in LOCKED.values() for entry in stage["outs"]}
    for name, stage in LOCKED.items():
        for entry in stage["deps"]:
            if not entry["path"].startswith("../"):
                assert entry["md5"] == made[entry["path"]], f"{name}: {entry['path']} was made anew since; {REMEDY}"


def test_every_file_of_weights_is_made_by_a_stage() -> None:
    made = {Path(entry["path"]).name for stage in LOCKED.values() for entry in stage["outs"]}
    assert {own.path.name for own in list_own_weights()} <= made
