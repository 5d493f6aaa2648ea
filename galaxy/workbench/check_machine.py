"""Checks that disk, memory and device of this machine suffice for the parameters."""

import os
import re
import shutil
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from galaxy.errors import InputError
from galaxy.nvidia_driver import has_nvidia_driver
from galaxy.workbench.check_networks import OWN_BACKBONES
from galaxy.workbench.disk_needs import disk_needs

_WIDTHS = {"tiny": 192, "small": 384, "medium": 512, "base": 768, "large": 1024, "huge": 1280, "giant": 1408}
_DEPTHS = {"large": 24, "huge": 32, "giant": 40}

# Values that a block of a transformer keeps of a token for the backward pass, in units of its width. Frozen layers need
# their inputs only where an adapter is beside them.
_ATTENTION = 5  # normalised input, queries, keys, values, and the output
_HIDDEN = 4  # width of the MLP before its nonlinearity, in the same unit
_RESIDUALS = 2  # inputs of both normalisations, always in float32
_ADAPTED = {"fc1": 1, "fc2": 4}  # further inputs, by the layer that is adapted


def machine_problems(sections: Mapping[str, Any], root: Path) -> list[str]:
    """Return one line for each of disk, memory and device that does not suffice.

    Args:
        sections: All sections of params.yaml, validated.
        root: Root of the repository, where data, state and downloads are kept.
    """
    problems = []
    if reason := _device_problem():
        problems.append(reason)
    needs = disk_needs(sections, number_bytes=_number_bytes())
    present = bytes_below(root / name for name in ("data", ".state", "downloads"))
    wanted, free = sum(needs.values()) - present, shutil.disk_usage(root).free
    if wanted > free:
        parts = ", ".join(f"{name} {size / 1e9:.1f}" for name, size in needs.items() if size > 5e7)
        problems.append(
            f"the disk of {root.resolve()} has {free / 1e9:.1f} GB free; these parameters need about "
            f"{sum(needs.values()) / 1e9:.0f} GB ({parts}), of which {present / 1e9:.1f} are there: make room, or move "
            "the repository to a larger disk"
        )
    activations, memory = finetune_bytes(sections), _memory_bytes()
    if memory and activations > memory:
        problems.append(
            f"dino_finetune keeps about {activations / 1e9:.0f} GB for its backward pass; this machine has "
            f"{memory / 1e9:.0f} GB of memory: give a smaller dino_finetune.batch_size, or crops with fewer pixels"
        )
    return problems


def finetune_bytes(sections: Mapping[str, Any]) -> float:
    """Estimate the bytes that a step of the DINO fine-tune keeps for the backward pass.

    They are those of all tokens in all blocks, and of the logits with the teacher's probabilities; weights and what is
    needed for a moment only are left out.
    """
    name, finetune = sections["dino"].backbone, sections["dino_finetune"]
    size = next((size for size in _WIDTHS if f"_{size}_" in name), "small")
    found = re.search(r"_patch(\d+)", name)
    patch = int(found[1]) if found else 16
    crops = finetune.crops
    tokens = 2 * ((crops.global_size // patch) ** 2 + 1) + crops.local_count * ((crops.local_size // patch) ** 2 + 1)
    width, depth = _WIDTHS[size], OWN_BACKBONES.get(name) or _DEPTHS.get(size, 12)
    values = _ATTENTION + _HIDDEN + sum(_ADAPTED.get(target, 0) for target in finetune.lora.targets)
    of_tokens = tokens * depth * width * (values * _number_bytes() + _RESIDUALS * 4)
    of_logits = (2 + crops.local_count + 2) * finetune.head.prototypes * 4
    return float(finetune.batch_size * (of_tokens + of_logits))


def _device_problem() -> str | None:
    """Return why the device that GALAXY_DEVICE names, or that would be chosen, cannot be used; None if it can."""
    asked = os.environ.get("GALAXY_DEVICE", "")
    if asked == "cpu" or not (asked or _gpu()):
        return None  # without importing torch, which takes seconds
    from galaxy.device import pick_device

    try:
        pick_device(asked or None)
    except InputError as error:
        return str(error)
    return None


def _gpu() -> bool:
    return os.environ.get("GALAXY_DEVICE", "") != "cpu" and has_nvidia_driver()


def _number_bytes() -> int:
    """Return the bytes of a number in the format in which the device trains."""
    if not _gpu():
        return 4
    from galaxy.device import pick_device
    from galaxy.training.precision import Precision

    try:
        return Precision.of(pick_device(os.environ.get("GALAXY_DEVICE") or None)).dtype.itemsize
    except InputError:
        return 4  # `_device_problem` says what is wrong with the device


def _memory_bytes() -> int:
    """Return the memory in bytes of the GPU, or of this machine or container; 0 if it is unknown."""
    if _gpu():
        import torch

        if torch.cuda.is_available():
            return int(torch.cuda.get_device_properties(0).total_memory)
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            limit = Path("/sys/fs/cgroup", name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if limit.isdigit():
            total = min(total, int(limit))
    return total


def bytes_below(folders: Iterable[Path]) -> int:
    """Return the size in bytes of all files below folders, with those to which links lead, each file once."""
    found = {}
    for folder in folders:
        for place, _, names in os.walk(folder):  # not rglob, which fails where a running stage removes a folder
            for name in names:
                with suppress(OSError):  # gone since the folder was listed, or a link that leads nowhere
                    status = Path(place, name).stat()
                    if stat.S_ISREG(status.st_mode):
                        found[status.st_dev, status.st_ino] = status.st_size
    return sum(found.values())
