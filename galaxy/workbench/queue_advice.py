"""Finds properties of a clone with which DVC loses queued experiments, and says what to do."""

import configparser
import shlex
import subprocess
import textwrap
from pathlib import Path

_NO_ADDRESS = set("#?%")
"""Characters that have a meaning in the addresses by which DVC names folders."""

_LOST = "`dvc exp run --queue` and `--temp` fail or lose their results"


def queue_advice(root: Path) -> list[str]:
    """Return what to do before experiments are queued, one line for each thing that would lose them or fail.

    DVC runs a queued experiment in a copy of the repository, to which it pushes and from which it fetches by an address
    `file://<path>`. In a shallow clone the fetch fails, and the queue still says "Success"; #, ? and % in the path are
    read as parts of an address, unless git is told to take the path itself. DVC writes the folder of its cache, its
    local settings and those of git into files of the copy, as ASCII.

    Args:
        root: Root of the repository.
    """
    root = root.resolve()
    advice = []
    if _git(root, "rev-parse", "--is-shallow-repository") == "true":
        advice.append(f"this clone is shallow, in which {_LOST}: run `git fetch --unshallow` before queueing")
    address = f"file://{root}/"
    if (found := sorted(_NO_ADDRESS & set(str(root)))) and address not in _replaced_addresses(root):
        command = shlex.join(["git", "config", "--global", "--add", f"url.{root}/.insteadOf", address])
        advice.append(f"the path {root} has {' and '.join(found)}, with which {_LOST}: run `{command}` before queueing")
    if not cache_folder(root).isascii():
        advice.append(
            f"the path of DVC's cache, {cache_folder(root)}, has letters beyond ASCII, with which {_LOST}: run `dvc "
            "cache dir --local FOLDER` with a folder whose path has none before queueing, after moving the cache there"
        )
    settings = _git(root, "config", "--local", "--list", "--null").split("\0")
    advice.extend(
        f"{key} in the settings of this repository's git has letters beyond ASCII, with which {_LOST}: set it for all "
        f"repositories with `git config --global {shlex.quote(key)} VALUE` and remove it here with `git config --local "
        f"--unset-all {shlex.quote(key)}` before queueing"
        for key in sorted({text.partition("\n")[0] for text in settings if not text.isascii()})
    )
    local = root / ".dvc" / "config.local"
    lines = local.read_bytes().splitlines() if local.is_file() else []
    if any(not line.isascii() for line in lines if line.partition(b"=")[0].strip() != b"dir"):
        advice.append(
            f"{local} has letters beyond ASCII, with which {_LOST}: set those values with `dvc config --global` or "
            "`--project` instead of `--local` before queueing"
        )
    return advice


def _git(root: Path, *words: str) -> str:
    """Return what git prints, without the last line break; an empty text if it fails, as outside of a repository."""
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False)
    return done.stdout.decode(errors="replace").removesuffix("\n") if done.returncode == 0 else ""


def _replaced_addresses(root: Path) -> list[str]:
    """Return the addresses instead of which a person's settings of git give this folder; DVC reads no others."""
    return _git(root, "config", "--global", "--get-all", f"url.{root}/.insteadOf").splitlines()


def cache_folder(root: Path) -> str:
    """Return the folder of DVC's cache as its settings name it, or the default."""
    found = root / ".dvc" / "cache"
    for name in ("config", "config.local"):
        settings = configparser.RawConfigParser(strict=False)
        try:
            settings.read_string(textwrap.dedent((root / ".dvc" / name).read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, configparser.Error):
            continue
        found = root / ".dvc" / settings.get("cache", "dir", fallback=str(found)).strip("'\"")
    return str(found)
