"""What is known of the galaxies that a row has learnt from."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from galaxy.atomic import write_text
from galaxy.errors import InputError

FILE = "preprocessing.json"
UNKNOWN = "galaxies that are not known here"


@dataclass(frozen=True)
class TrainingData:
    """The galaxies that a row has learnt from.

    Attributes:
        name: What the galaxies are, to follow "learnt from" in a sentence.
        pixel_scale: Arcseconds per pixel of the images before the crop; NaN where unknown.
        side: Pixels on a side of the images before the crop; None where unknown.
    """

    name: str = UNKNOWN
    pixel_scale: float = float("nan")
    side: int | None = None


def save_training_data(folder: Path, data: TrainingData, *, size: int, crop: int | None) -> None:
    """Write the training data and the preparation of images into the folder of an exported row.

    Args:
        folder: Folder of the exported row.
        data: The galaxies that the row was trained on.
        size: Width and height in pixels of the images that the network takes.
        crop: Width in pixels of the centre crop that was averaged down to `size`; None for the whole image.
    """
    scale = data.pixel_scale if data.pixel_scale > 0 else None
    values = asdict(data) | {
        "pixel_scale": scale,
        "crop": crop,
        "size": size,
        "resampling": "centre crop, then the mean over the area of each output pixel, rounded half up",
        "input": "uint8, (N, size, size, 3), red first; scaling and normalisation are part of the network",
    }
    write_text(folder / FILE, json.dumps(values, indent=2, ensure_ascii=False) + "\n")


def read_training_data(folder: Path) -> TrainingData | None:
    """Read the training data of an exported row; return None if the folder does not come from an export.

    Raises:
        InputError: If the file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        scale = values["pixel_scale"]
        return TrainingData(str(values["name"]), float("nan") if scale is None else float(scale), values["side"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path} cannot be read ({error}); export the row again") from None
