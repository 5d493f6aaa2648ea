"""Random numbers and ranges of crops for tests."""

import torch

from galaxy.data.crop_geometry import CropRange


def seeded(seed: int = 0) -> torch.Generator:
    """Return a generator of random numbers with this seed."""
    return torch.Generator().manual_seed(seed)


def wanted(**changes: object) -> CropRange:
    """Return the range that gives the whole image at 16 px, with these changes."""
    values: dict[str, object] = {
        "size": 16,
        "scale": (1.0, 1.0),
        "aspect": 1.0,
        "rotate": False,
        "flip": False,
        "max_offset": None,
    }
    return CropRange(**{**values, **changes})  # type: ignore[arg-type]
