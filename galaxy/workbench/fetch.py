"""The command `galaxy fetch`: downloads everything that the settings need from the network."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from galaxy.data.fetch import galaxy10
from galaxy.errors import InputError
from galaxy.recipes.download import fetch_galaxy10
from galaxy.workbench.check import section_kinds
from galaxy.workbench.galaxy10_place import galaxy10_place
from galaxy.workbench.named_inputs import from_root
from galaxy.workbench.params_error import ParamsError
from galaxy.workbench.read_section import read_section


def fetch(params: Path, *, say: Callable[[str], None]) -> None:
    """Fetch the data and the published weights that the settings name; files that are there already are kept.

    Args:
        params: The settings, params.yaml.
        say: Function that is called with one line for each file, in the order in which they are fetched.

    Raises:
        ParamsError: If something cannot be fetched, after everything else has been; it has one line for each.
        KeyboardInterrupt: If the user stops a download; the text of the exception says how to resume it.
    """
    wrong = []
    for name, find in _needed(params):
        try:
            say(f"{name}: {find()}")
        except InputError as error:
            wrong.append(f"{name}: {error}")
        except KeyboardInterrupt as stop:
            text = str(stop) or f"the download of the {name} was stopped; run the same command to go on"
            raise KeyboardInterrupt(text) from None
    if wrong:
        raise ParamsError(wrong)


def _needed(params: Path) -> Iterator[tuple[str, Callable[[], Path]]]:
    """Yield the name of each file that is needed, and a function that fetches it if necessary and returns its path."""
    kinds = section_kinds()
    download, models, dino = (read_section(params, key, kinds[key]) for key in ("download", "models", "dino"))
    if download.source == "galaxy10":
        yield "Galaxy10 DECaLS", _galaxy10
    rows: dict[Any, list[str]] = {}  # rows by the file of weights that they use
    for row, entry in models.items():
        if entry.weights in ("imagenet", "pretrained"):
            rows.setdefault(_file_of(entry), []).append(row)
    for names in rows.values():
        yield f"weights of {', '.join(names)}", _row_weights(models[names[0]])
    if dino.weights == "pretrained":
        yield "weights of dino", lambda: _timm(dino.backbone)


def _galaxy10() -> Path:
    place = galaxy10_place()
    # A file that the user chose is verified by the stage, and never replaced here.
    if not place.exists():
        fetch_galaxy10(place, progress=True)
    elif place.stat().st_size != galaxy10.BYTES:
        chosen = "GALAXY10_FILE" in os.environ
        remedy = "give GALAXY10_FILE the path of the whole file" if chosen else "remove it and run again"
        raise InputError(f"{place} has {place.stat().st_size} bytes, not {galaxy10.BYTES}; {remedy}")
    return place


def _file_of(entry: Any) -> tuple[Any, ...]:
    """Return a key that is equal for rows whose published weights are the same file."""
    return (entry.kind, *(getattr(entry, key, None) for key in ("depth", "batch_norm", "name")))


def _row_weights(entry: Any) -> Callable[[], Path]:
    def find() -> Path:
        if entry.kind == "vgg":
            from galaxy.recipes.vgg_weights import vgg_checkpoint

            return vgg_checkpoint(entry.depth, batch_norm=entry.batch_norm, folder=from_root("weights"))
        if entry.kind == "timm":
            return _timm(entry.name)
        raise InputError(
            f"there are no published weights of the {entry.kind} network; give weights: random or the path of a "
            "checkpoint"
        )

    return find


def _timm(name: str) -> Path:
    from galaxy.models.timm_weights import timm_checkpoint

    return timm_checkpoint(name, folder=from_root("weights"))
