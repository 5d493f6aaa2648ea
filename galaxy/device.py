"""Where the arithmetic is done."""

import torch

from galaxy.errors import InputError


def pick_device(name: str | None = None) -> torch.device:
    """The device called `name`, or the first GPU, or the CPU.

    Args:
        name: `cpu`, `cuda`, `cuda:1` and so on; None or "" picks the best there is.

    Raises:
        InputError: If this machine has no such device.
    """
    if not name:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    allowed = ["cpu", *(["cuda"] if count else []), *(f"cuda:{number}" for number in range(count))]
    if name not in allowed:
        raise InputError(f"there is no device {name!r} here; allowed in GALAXY_DEVICE: {', '.join(allowed)}")
    return torch.device(name)
