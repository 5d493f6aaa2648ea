"""Chooses the device that computes, and refuses a GPU that this torch cannot use."""

import os
from collections.abc import Sequence

import torch

from galaxy.errors import InputError
from galaxy.nvidia_driver import has_nvidia_driver


def pick_device(name: str | None = None, *, setting: str = "GALAXY_DEVICE") -> torch.device:
    """Return the device called `name`; without a name the first GPU, or the CPU of a machine that has no GPU.

    Args:
        name: Name of a device, such as `cpu`, `cuda` or `cuda:1`; with None or "" the function chooses.
        setting: What a user sets to choose the device, which errors name: an environment variable or an argument.

    Raises:
        InputError: If this machine has no such device, or its GPU cannot be used by this torch. A training that takes
            hours on a GPU takes weeks on a CPU, so the CPU must then be asked for.
    """
    if name == "cpu":
        return torch.device("cpu")
    available = torch.cuda.is_available()
    if not name and not available and not _has_unusable_gpu():
        return torch.device("cpu")
    if not available and (not name or _has_unusable_gpu()):
        built = f"{torch.__version__}, built for CUDA {torch.version.cuda or 'none'}"
        raise InputError(
            f"this machine has an NVIDIA GPU that torch cannot use ({built}): install a newer driver or the torch "
            f"that fits it, or set {setting}=cpu to compute on the CPU"
        )
    count = torch.cuda.device_count() if available else 0
    allowed = ["cpu", *(["cuda"] if count else []), *(f"cuda:{number}" for number in range(count))]
    if name and name not in allowed:
        raise InputError(f"{setting} is {name!r}, a device that is not here; allowed are {', '.join(allowed)}")
    device = torch.device(name or "cuda")
    capability = torch.cuda.get_device_capability(device)
    if not can_run(capability, torch.cuda.get_arch_list()):
        raise InputError(
            f"{torch.cuda.get_device_name(device)} has compute capability {capability[0]}.{capability[1]}, which torch "
            f"{torch.__version__} is not built for ({', '.join(torch.cuda.get_arch_list())}); install a torch that is, "
            f"or set {setting}=cpu to compute on the CPU"
        )
    return device


def can_run(capability: tuple[int, int], architectures: Sequence[str]) -> bool:
    """Return whether a GPU of this compute capability runs a torch that was built for these architectures.

    Args:
        capability: Major and minor number of the GPU's compute capability.
        architectures: Names of architectures: `sm_90` is machine code for GPUs of the same major number, and
            `compute_90` is code that newer GPUs translate as well. A torch for AMD's GPUs lists names such as `gfx90a`,
            which do not follow from the numbers, so that every GPU is let through.
    """
    for architecture in architectures:
        if architecture.startswith("gfx"):
            return True
        kind, _, version = architecture.partition("_")
        number = version.rstrip("af")  # variants such as sm_90a
        if not number.isdecimal():
            continue
        built = (int(number[:-1]), int(number[-1]))
        if built <= capability and (kind == "compute" or built[0] == capability[0]):
            return True
    return False


def _has_unusable_gpu() -> bool:
    """Return whether the machine has a GPU that no environment variable hides; called where torch sees none."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    return has_nvidia_driver() and (hidden is None or hidden.strip() not in {"", "-1", "NoDevFiles"})
