"""Finds the files that params.yaml names, and refuses those that DVC would delete.

DVC removes what a stage writes before it runs the stage. A file that a person has put at such a place would be gone
before any stage reads it, so such a path is refused as an input.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import category

from galaxy.workbench.repository import in_repository

WORDS = {
    "download": frozenset({"rendered", "galaxy10"}),
    "split": frozenset[str](),
    "weights": frozenset({"random", "imagenet", "pretrained", "fractals", "rendered"}),
}
"""Values that name no file, of `download.source`, `split.manifest` and each `weights`."""

_UNUSABLE = ("Cc", "Cs")
"""Unicode's categories of control characters, of which NUL is in no path, and of halves of characters."""


@dataclass(frozen=True, kw_only=True)
class NamedInput:
    """A value of params.yaml that is a word or names a file.

    Attributes:
        key: Dotted name of the setting, such as `models.custom.weights`.
        value: The value in params.yaml.
        record: Name of what stage `inputs` writes about it, such as `models/custom`.
        path: Absolute path of the file, or None for a word.
        stage: Name of the stage that reads it first.
    """

    key: str
    value: str
    record: str
    path: Path | None
    stage: str


def from_root(path: str | Path) -> Path:
    """Return the path that a setting gives, relative to the main repository.

    This holds in a copy in which DVC runs, and in subfolders; outside of a repository paths count from the current
    folder.
    """
    root = os.environ.get("DVC_ROOT") or in_repository(".")
    return Path(root, os.path.expanduser(path))  # noqa: PTH111 -- Path.expanduser fails for a user that does not exist


def named_inputs(params: Mapping[Any, Any]) -> list[NamedInput]:
    """Return the inputs that params.yaml names, in the order of the file; values of a wrong type are left out."""
    found = []
    for key, value, record, words, stage in _values(params):
        if isinstance(value, str) and value:
            path = None if value in WORDS[words] else from_root(value).absolute()
            found.append(NamedInput(key=key, value=value, record=record, path=path, stage=stage))
    return found


def _values(params: Mapping[Any, Any]) -> Iterator[tuple[str, Any, str, str, str]]:
    def section(name: str) -> Mapping[Any, Any]:
        value = params.get(name)
        return value if isinstance(value, Mapping) else {}

    yield "download.source", section("download").get("source"), "download", "download", "download"
    manifest = section("split").get("manifest")
    yield "split.manifest", manifest, "split", "split", "split"
    for row, entry in section("models").items():
        weights = entry.get("weights", "random") if isinstance(entry, Mapping) else None
        yield f"models.{row}.weights", weights, f"models/{row}", "weights", f"train@{row}"
    yield "dino.weights", section("dino").get("weights"), "dino", "weights", "dino-finetune-lora"


def refusals(params: Mapping[Any, Any], root: Path) -> list[str]:
    """Return one line for each file that params.yaml names and the pipeline cannot read.

    Such a path contains a control character, or lies where a stage writes.
    """
    files = [(named, named.path) for named in named_inputs(params) if named.path is not None]
    unusable = [named for named, _ in files if any(category(letter) in _UNUSABLE for letter in named.value)]
    lines = [
        f"{named.key} is {named.value!r}, which contains a control character; give a path without one"
        for named in unusable
    ]
    files = [(named, path) for named, path in files if named not in unusable]
    if not files or not (root / "dvc.yaml").is_file():
        return lines
    outs = pipeline_outs(root)
    for named, path in files:
        if inside := out_of(path, outs, root):
            out, stage = inside
            lines.append(
                f"{named.key} is {named.value!r}, which lies in {out}, written by stage {stage}: it would be gone "
                f"before stage {named.stage} reads it. Copy the file elsewhere, to weights/ or downloads/ for "
                "instance, and give its new path"
            )
    return lines


def pipeline_outs(root: Path) -> dict[str, str]:
    """Return the outs in dvc.yaml with the name of their stage; `*` stands for each row or kind of features.

    The caller must not change the mapping.
    """
    return _outs((root / "dvc.yaml").read_text(encoding="utf-8"))


@cache  # a command asks once for each of its outputs
def _outs(text: str) -> dict[str, str]:
    from ruamel.yaml import YAML  # only a repository needs it, not the library

    stages: dict[str, Any] = YAML(typ="safe").load(text)["stages"]
    found = {}
    for name, stage in stages.items():
        for kind in ("outs", "metrics", "plots"):
            for entry in stage.get(kind, []):
                out = next(iter(entry)) if isinstance(entry, dict) else entry
                found[re.sub(r"\$\{[^}]*\}", "*", out)] = name
    if "inputs/checked" in found:
        found["inputs"] = found["inputs/checked"]  # the links and words in the same folder
    return found


def out_of(path: Path, outs: Mapping[str, str], root: Path) -> tuple[str, str] | None:
    """Return the out that holds a file or one of the links that lead to it, and its stage."""
    for place in _places(path):
        for out, stage in outs.items():
            if _holds(root, out, place):
                return out, stage
    return None


def _places(path: Path) -> Iterator[Path]:
    """Yield each name of a file on the way along symbolic links, folders resolved."""
    for _ in range(40):  # as many links as Linux follows
        # Not resolve(), which raises RuntimeError for a link that leads to itself.
        folder = Path(os.path.realpath(path.parent))
        place = folder / path.name if path.name not in {"", ".."} else Path(os.path.realpath(path))
        yield place
        if not place.is_symlink():
            return
        path = place.parent / place.readlink()


def _holds(root: Path, out: str, place: Path) -> bool:
    # A folder on the way to an out may be a link: data/ on another disk, for instance.
    folder, parts = root.resolve(), out.split("/")
    while len(parts) > 1 and "*" not in parts[0]:
        folder, parts = Path(os.path.realpath(folder / parts[0])), parts[1:]
    if not place.is_relative_to(folder):
        return False
    rest = place.relative_to(folder).parts
    return len(rest) >= len(parts) and all(map(_matches, parts, rest))


def _matches(pattern: str, name: str) -> bool:
    before, star, after = pattern.partition("*")
    return name == pattern if not star else name.startswith(before) and name.endswith(after) and name != before + after
