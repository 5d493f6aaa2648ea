"""Checks that disk, memory and device of this machine suffice for the parameters."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.errors import InputError
from galaxy.workbench.disk_needs import disk_needs

_WIDTHS = {"tiny": 192, "small": 384, "base": 768, "large": 1024}
_DEPTHS = {"large": 24}
_VALUES_PER_TOKEN = 34  # kept for the backward pass by a transformer block, in units of its width


def machine_problems(sections: Mapping[str, Any], root: Path) -> list[str]:
    """Return one line for each of disk, memory and device that does not suffice.

    Args:
        sections: All sections of params.yaml, validated.
        root: Root of the repository, where data, state and downloads are kept.
    """
    problems = []
    if reason := _device_problem():
        problems.append(reason)
    needs = disk_needs(sections)
    present = sum(_bytes_below(root / name) for name in ("data", ".state", "downloads"))
    wanted, free = sum(needs.values()) - present, shutil.disk_usage(root).free
    if wanted > free:
        parts = ", ".join(f"{name} {size / 1e9:.1f}" for name, size in needs.items() if size > 5e7)
        problems.append(
            f"the disk of {root.resolve()} has {free / 1e9:.1f} GB free; these parameters need about "
            f"{sum(needs.values()) / 1e9:.0f} GB ({parts}), of which {present / 1e9:.1f} are there: make room, or move "
            "the repository to a larger disk"
        )
    activations, memory = finetune_bytes(sections), _memory_bytes()
    if memory and activations / 2 > memory:
        problems.append(
            f"dino_finetune keeps about {activations / 1e9:.0f} GB for its backward pass; this machine has "
            f"{memory / 1e9:.0f} GB of memory: give a smaller dino_finetune.batch_size, or crops with fewer pixels"
        )
    return problems


def finetune_bytes(sections: Mapping[str, Any]) -> float:
    """Estimate the bytes that a step of the DINO fine-tune keeps for the backward pass, from the number of tokens."""
    name, finetune = sections["dino"].backbone, sections["dino_finetune"]
    size = next((size for size in _WIDTHS if f"_{size}_" in name), "small")
    found = re.search(r"_patch(\d+)", name)
    patch = int(found[1]) if found else 16
    crops = finetune.crops
    tokens = 2 * ((crops.global_size // patch) ** 2 + 1) + crops.local_count * ((crops.local_size // patch) ** 2 + 1)
    width, depth = _WIDTHS[size], _DEPTHS.get(size, 12)
    bytes_each = 2 if _gpu() else 4
    return float(tokens * finetune.batch_size * depth * width * _VALUES_PER_TOKEN * bytes_each)


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
    return os.environ.get("GALAXY_DEVICE", "") != "cpu" and Path("/proc/driver/nvidia/version").exists()


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


def _bytes_below(folder: Path) -> int:
    """Return the size in bytes of all files below a folder, including those to which links lead."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
