"""Hashes of the running code, by which a saved training is only resumed with the code that saved it."""

import hashlib
import sys
from pathlib import Path

import torch

from galaxy.training.precision import Precision

_NO_RESULTS = ("stages._stage.", "galaxy.tracking.", "galaxy.workbench.")


def code_sha256(*packages: str) -> str:
    """Return the SHA-256 over names and sources of all modules of these packages that have been imported so far.

    The module that `python -m` has started counts under its own name. `stages._stage`, `galaxy.tracking` and
    `galaxy.workbench` are left out, because they read settings and report results, and do not change results.
    """
    digest = hashlib.sha256()
    for name, file in sorted(_files().items()):
        parts = name.split(".")
        if parts[0] in packages and not f"{name}.".startswith(_NO_RESULTS) and Path(file).is_file():
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256(Path(file).read_bytes()).digest())
    return digest.hexdigest()


def _files() -> dict[str, str]:
    """Return the source of each module by the name under which other modules import it."""
    found = {}
    for key, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None) if key == "__main__" else None
        if file := getattr(module, "__file__", None):
            found[spec.name if spec else key] = file
    return found


def computation_identity(precision: Precision) -> dict[str, str]:
    """Return what a result depends on besides settings and data: code, version of torch, device and number format."""
    return {
        "code": code_sha256("galaxy", "stages"),
        "torch": torch.__version__,
        "device": precision.device.type,
        "numbers": str(precision.dtype).removeprefix("torch."),
    }
