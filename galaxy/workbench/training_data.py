"""Which galaxies a trained row has learnt from, as far as the repository's records tell."""

import hashlib
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from galaxy.data.fetch import galaxy10
from galaxy.digest import file_sha256

RENDERED = "galaxies that this project has rendered, not observed ones"
GALAXY10 = "Galaxy10 DECaLS"
UNKNOWN = "galaxies that are not known here"


def training_data(models: Path, *, manifest: str) -> str:
    """Name the galaxies that a row has learnt from.

    The split manifest beside the models leads from the row to its data: its ids begin with the SHA-256 of the data
    file, and dvc.lock records from which `download.source` it was made.

    Args:
        models: Folder of the trained rows, `data/models` in a clone.
        manifest: SHA-256 of the split manifest by which the row was trained, as `model.json` has it.

    Returns:
        Words to stand after "learnt from"; `UNKNOWN` where the manifest is not there or is another one.
    """
    path = models.parent / "manifest.csv"
    if not path.is_file() or file_sha256(path) != manifest:
        return UNKNOWN
    content = path.read_bytes()
    prefix = content.partition(b"\n")[2][:12].decode(errors="replace")
    if galaxy10.SHA256.startswith(prefix) and len(prefix) == 12:
        return GALAXY10
    source = _recorded_source(
        models.absolute().parent.parent / "dvc.lock", hashlib.md5(content, usedforsecurity=False).hexdigest()
    )
    if source is None:
        return f"galaxies of a file whose SHA-256 begins with {prefix}"
    return {"rendered": RENDERED, "galaxy10": GALAXY10}.get(source, f"the galaxies of {source}")


def _recorded_source(lock: Path, md5: str) -> str | None:
    """`download.source` of the run of the pipeline that wrote the manifest with this MD5, if dvc.lock records it."""
    try:
        stages: Any = YAML(typ="safe").load(lock.read_text(encoding="utf-8"))["stages"]
        made = [out.get("md5") for out in stages["split"]["outs"]]
        source = stages["download"]["params"]["params.yaml"]["download"]["source"]
    except (OSError, UnicodeDecodeError, YAMLError, LookupError, TypeError, AttributeError):
        return None
    return str(source) if md5 in made else None
