"""Trained networks on disk: weights as safetensors, and beside them all that is needed to build the network again.

A folder holds `seed-<s>.safetensors` per training and `model.json` with architecture, class names, normalisation,
image size, the SHA-256 of the split manifest, and the SHA-256 of each weights file.
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
from galaxy.models.weights import load_weights, read_checkpoint

DESCRIPTION = "model.json"


@dataclass(frozen=True, kw_only=True)
class Description:
    """What `model.json` says.

    Attributes:
        row: Of the table.
        architecture: `kind` and the arguments of its class.
        weights: What the training started from: `random`, or the name and SHA-256 of a checkpoint.
        replaced: Names of that checkpoint's tensors that were drawn anew; all others were used.
        classes: Names, in label order.
        size: Pixels on a side.
        crop: Pixels on a side of the centre crop that was averaged down to `size`; None for the whole image.
        mean: Of pixels scaled to [0, 1], red, green, blue.
        deviation: Likewise.
        manifest: SHA-256 of the split manifest.
        files: SHA-256 of each weights file, by its name.
        parameters: All of them.
        trainable_parameters: Those that learnt.
        multiply_adds: Of one image's forward pass.
    """

    row: str
    architecture: Mapping[str, Any]
    weights: str
    replaced: Sequence[str] = ()
    classes: Sequence[str]
    size: int
    crop: int | None
    mean: Sequence[float]
    deviation: Sequence[float]
    manifest: str
    files: Mapping[str, str]
    parameters: int
    trainable_parameters: int
    multiply_adds: int

    def build(self) -> Classifier:
        """The network, with weights freshly drawn."""
        return build_classifier(
            self.architecture, classes=len(self.classes), size=self.size, mean=self.mean, deviation=self.deviation
        )


def weights_name(seed: int) -> str:
    """The name of the weights file of one training."""
    return f"seed-{seed}.safetensors"


def save_network(folder: Path, classifier: Classifier, *, seed: int) -> str:
    """Write one training's weights, frozen ones included, and return the file's SHA-256."""
    path = folder / weights_name(seed)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in classifier.network.state_dict().items()}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary)
    return file_sha256(path)


def write_description(folder: Path, description: Description) -> None:
    """Write `model.json`."""
    write_text(folder / DESCRIPTION, json.dumps(asdict(description), indent=2, ensure_ascii=False) + "\n")


def read_description(folder: Path) -> Description:
    """Read `model.json`.

    Raises:
        InputError: If it is missing or not such a description.
    """
    path = folder / DESCRIPTION
    try:
        description = Description(**json.loads(path.read_text(encoding="utf-8")))
        _check_types(description)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); training the row writes it") from None
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} is no description of a model ({error}); train the row again") from None
    return description


def _check_types(description: Description) -> None:
    """JSON may hold anything under these names; raise ValueError where it is not what is used."""
    number = int | float
    kinds: dict[str, tuple[Any, Any]] = {
        "architecture": (dict, str),
        "files": (dict, str),
        "classes": (list, str),
        "replaced": (list | tuple, str),
        "mean": (list, number),
        "deviation": (list, number),
    }
    for name, (kind, of) in kinds.items():
        value = getattr(description, name)
        if not isinstance(value, kind) or not all(isinstance(item, of) for item in value):
            raise ValueError(f"{name} is {str(value)[:40]}")
    if not isinstance(description.size, int) or not isinstance(description.crop, int | None):
        raise ValueError(f"size is {description.size} and crop {description.crop}")


def load_network(folder: Path, *, seed: int) -> tuple[Classifier, Description]:
    """The network of one training, in evaluation mode, with its description.

    Raises:
        InputError: If a file is missing or damaged, or there was no training with this seed.
    """
    description = read_description(folder)
    name = weights_name(seed)
    if name not in description.files:
        raise InputError(f"{folder} has no training with seed {seed}; it has {', '.join(description.files)}")
    tensors = read_checkpoint(folder / name)
    if file_sha256(folder / name) != description.files[name]:
        raise InputError(f"{folder / name} does not match its SHA-256 in {DESCRIPTION}; train the row again")
    classifier = description.build()
    load_weights(classifier.network, tensors, is_replaced=lambda tensor: False, source=str(folder / name))  # noqa: ARG005
    return classifier.eval(), description
