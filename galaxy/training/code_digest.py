"""Hashes of the running code, which belong to the identity of a training."""

import hashlib
import sys
from pathlib import Path

import torch

from galaxy.training.precision import Precision

_NO_RESULTS = ("stages._stage.", "galaxy.tracking.", "galaxy.workbench.")


def code_sha256(*packages: str) -> str:
    """SHA-256 over the sources of all modules of these packages that are imported by now, with their names.

    The module that was started is among them. `stages._stage`, `galaxy.tracking` and `galaxy.workbench` are left out:
    they read settings and report results, and do not change them.
    """
    digest = hashlib.sha256()
    for name, file in sorted(_files().items()):
        parts = name.split(".")
        if parts[0] in packages and not f"{name}.".startswith(_NO_RESULTS) and Path(file).is_file():
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256(Path(file).read_bytes()).digest())
    return digest.hexdigest()


def _files() -> dict[str, str]:
    """Source of each module, by the name by which others would import it."""
    found = {}
    for key, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None) if key == "__main__" else None
        if file := getattr(module, "__file__", None):
            found[spec.name if spec else key] = file
    return found


def computation_identity(precision: Precision) -> dict[str, str]:
    """What decides the bytes of a result beside settings and data: code, version of torch, device, number format."""
    return {
        "code": code_sha256("galaxy", "stages"),
        "torch": torch.__version__,
        "device": precision.device.type,
        "numbers": str(precision.dtype).removeprefix("torch."),
    }
