"""Saves and loads trained networks: weights as safetensors, and a description from which a network can be built.

A folder contains `seed-<s>.safetensors` for each training, and `model.json` with the architecture, class names,
normalisation, image size, the SHA-256 of the split manifest and the SHA-256 of each weights file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from galaxy.atomic import atomic_path, write_text
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.architecture import build_classifier
from galaxy.models.classifier import Classifier
from galaxy.models.load_weights import load_weights
from galaxy.models.read_checkpoint import read_checkpoint
from galaxy.models.recorded_normalisation import normalisation_metadata

DESCRIPTION = "model.json"
_AGAIN = "train, export or fetch the row again"


@dataclass(frozen=True, kw_only=True)
class Description:
    """The content of `model.json`.

    Attributes:
        row: Name of the row of the table.
        architecture: `kind` and the arguments of its class.
        weights: Weights that the training started from: `random`, or the name and SHA-256 of a checkpoint.
        replaced: Names of the checkpoint's tensors that were not used, because the weights were drawn at random.
        classes: Class names in label order.
        size: Width and height of the images in pixels.
        crop: Width in pixels of the centre crop that was averaged down to `size`; None for the whole image.
        mean: Mean of pixels scaled to [0, 1], per channel: red, green, blue.
        std: Standard deviation per channel, in the same units and order.
        manifest: SHA-256 of the split manifest.
        files: SHA-256 of each weights file, by name.
        parameters: Number of all parameters.
        trainable_parameters: Number of parameters that were trained.
        multiply_adds: Multiply-adds of a forward pass of one image.
    """

    row: str
    architecture: Mapping[str, Any]
    weights: str
    replaced: Sequence[str] = ()
    classes: Sequence[str]
    size: int
    crop: int | None
    mean: Sequence[float]
    std: Sequence[float]
    manifest: str
    files: Mapping[str, str]
    parameters: int
    trainable_parameters: int
    multiply_adds: int

    def build(self) -> Classifier:
        """Build the network with random weights."""
        return build_classifier(
            self.architecture, classes=len(self.classes), size=self.size, mean=self.mean, std=self.std
        )


def weights_name(seed: int) -> str:
    """Return the name of the weights file of the training with this seed."""
    return f"seed-{seed}.safetensors"


def save_network(folder: Path, classifier: Classifier, *, seed: int) -> str:
    """Write all weights of one training, including frozen ones, and return the SHA-256 of the file.

    The file's metadata record the normalisation of the pixels, so that another training can start from the file alone.
    """
    path = folder / weights_name(seed)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in classifier.network.state_dict().items()}
    metadata = normalisation_metadata(classifier.normalise.mean, classifier.normalise.std)
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata=metadata)
    return file_sha256(path)


def write_description(folder: Path, description: Description) -> None:
    """Write `model.json`."""
    write_text(folder / DESCRIPTION, json.dumps(asdict(description), indent=2, ensure_ascii=False) + "\n")


def read_description(folder: Path) -> Description:
    """Read `model.json`.

    Raises:
        InputError: If the file is missing or is not a description of a network.
    """
    path = folder / DESCRIPTION
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and "deviation" in content:  # the key of `std` in files of earlier versions
            content["std"] = content.pop("deviation")
        description = Description(**content)
        _check_types(description)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); train the row, which writes it") from None
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} is not a description of a model ({error}); {_AGAIN}") from None
    return description


def _check_types(description: Description) -> None:
    """Check the types of the values.

    Raises:
        ValueError: If a value has a wrong type.
    """
    number = int | float
    kinds: dict[str, tuple[Any, Any]] = {
        "architecture": (dict, str),
        "files": (dict, str),
        "classes": (list, str),
        "replaced": (list | tuple, str),
        "mean": (list, number),
        "std": (list, number),
    }
    for name, (kind, of) in kinds.items():
        value = getattr(description, name)
        if not isinstance(value, kind) or not all(isinstance(item, of) for item in value):
            raise ValueError(f"{name} is {str(value)[:40]}")
    if not isinstance(description.size, int) or not isinstance(description.crop, int | None):
        raise ValueError(f"size is {description.size} and crop {description.crop}")


def load_network(folder: Path, *, seed: int) -> tuple[Classifier, Description]:
    """Load the network of one training, in evaluation mode, and its description.

    Raises:
        InputError: If a file is missing or damaged, or there was no training with this seed.
    """
    description = read_description(folder)
    name = weights_name(seed)
    if name not in description.files:
        raise InputError(f"{folder} has no training with seed {seed}; it has {', '.join(description.files)}")
    if not (folder / name).is_file():
        raise InputError(f"{folder / name}, which {DESCRIPTION} names, does not exist; {_AGAIN}")
    tensors = read_checkpoint(folder / name)
    if file_sha256(folder / name) != description.files[name]:
        raise InputError(f"{folder / name} does not match its SHA-256 in {DESCRIPTION}; {_AGAIN}")
    classifier = description.build()
    load_weights(classifier.network, tensors, is_replaced=lambda tensor: False, source=str(folder / name))  # noqa: ARG005
    return classifier.eval(), description
