"""Reads the tensors of a checkpoint without executing code from the file."""

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from galaxy.counted import counted
from galaxy.errors import InputError
from galaxy.stand_in import stand_in

_WRAPPERS = (
    *("state_dict_ema", "model_ema", "ema_state_dict", "params_ema", "ema"),
    *("state_dict", "model", "model_state_dict", "model_state", "module", "net", "network", "params", "weights"),
)
"""Keys under which timm, Lightning, DeepSpeed, torch's tutorials and others save tensors in checkpoints of trainings.

Those of averaged weights come first, as in timm."""

_INSERTED = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
"""Parts that torch.compile, FSDP and activation checkpointing insert into the names of the tensors that they wrap."""

_PREFIXES = (
    "module.",
    "_forward_module.",
    "model.",
    "timm_model.",
    "encoder.",
    "backbone.",
    "network.",
    "net.",
)
"""Prefixes that DistributedDataParallel, Lightning and others add to the names of all tensors."""

_NOT_TORCH = "it is not as torch.save writes it by default"

_COUNTER = "n_averaged"
"""Counter that torch's `AveragedModel` saves with the averaged network, whose names begin with `module.`."""


class _Ignored:
    """Replaces an object whose class is not loaded, because loading it could execute code."""

    def __new__(cls, *_: Any, **__: Any) -> Self:
        return super().__new__(cls)

    def __setstate__(self, _: object) -> None:
        """Ignore the content."""


def read_checkpoint(path: Path) -> dict[str, torch.Tensor]:
    """Read the tensors of a `.safetensors` file, or of a file that `torch.save` wrote (`.pth`, `.pt`, `.ckpt`, `.bin`).

    Checkpoints of whole trainings, as timm's `train.py`, Lightning and DistributedDataParallel write them, are
    unpacked: tensors are taken from a key such as `state_dict` or `model`, averaged ones if there are any, and
    prefixes such as `model.` or `_orig_mod.` are removed where all names have them. No code of the file is executed.

    Args:
        path: The file.

    Returns:
        Tensors by name, on the CPU.

    Raises:
        InputError: If the file is missing or damaged, holds no tensors by name, or NaN.
    """
    if not path.is_file():
        raise InputError(f"weights {path} do not exist; give a .safetensors or .pth file, or random")
    if refusal := _refusal_by_first_bytes(path):
        raise InputError(f"weights {path} {refusal}")
    try:
        content = load_file(path) if path.suffix == ".safetensors" else _load_without_code(path)
    except Exception as error:  # noqa: BLE001 - what is no pickle, a CSV file for instance, makes torch raise anything
        said = isinstance(error, (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError, SafetensorError))
        reason = re.sub(r"\x1b\[\d*m", "", " ".join(str(error).split())) if said else _NOT_TORCH
        if forbidden := re.search(r"(?:GLOBAL|[Cc]lass|function) ([\w.]+)", reason):
            raise InputError(
                f"weights {path} hold {forbidden[1]}, which is not loaded because it can execute code; save the "
                "network's state_dict() alone, with torch.save or as safetensors"
            ) from None
        if "TorchScript" in reason:
            raise InputError(
                f"weights {path} hold a TorchScript program, which is not loaded because it can execute code; save the "
                "network's state_dict() alone, with torch.save or as safetensors"
            ) from None
        if "Weights only load failed" in reason:  # the rest of torch's message recommends to load the file unsafely
            reason = _NOT_TORCH
        first = reason.split(". ")[0]
        raise InputError(
            f"weights {path} cannot be read as tensors ({first[:120]}): the file is damaged or no checkpoint; copy it "
            "again, or save the network's state_dict() alone, with torch.save or as safetensors"
        ) from None
    content = _unpacked(content)
    if isinstance(content, _Ignored) or (isinstance(content, Mapping) and isinstance(content.get("model"), _Ignored)):
        raise InputError(
            f"weights {path} hold a whole network, whose class is not loaded because it can execute code; save its "
            "state_dict() alone, with torch.save or as safetensors"
        )
    if not isinstance(content, Mapping) or not content:
        held = "nothing" if content == {} else type(content).__name__
        raise InputError(
            f"weights {path} hold {held} instead of tensors by name; save a network's state_dict() "
            "alone, with torch.save or as safetensors"
        )
    tensors = {str(name): value for name, value in content.items() if isinstance(value, torch.Tensor)}
    if len(tensors) != len(content):
        other = next(name for name in content if name not in tensors)
        raise InputError(f"weights {path} hold more than tensors, {other!r} for one; save the state_dict alone")
    refuse_nan(path, tensors)
    return without_prefixes(tensors)


def refuse_nan(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Check that no tensor of a file holds NaN.

    Raises:
        InputError: If one does.
    """
    not_numbers = [name for name, value in tensors.items() if value.is_floating_point() and _has_nan(value)]
    if not_numbers:
        raise InputError(
            f"weights {path} hold NaN in {counted(len(not_numbers), 'tensor')}, {not_numbers[0]!r} for one, as after a "
            "training that diverged; give a checkpoint from before"
        )


def _has_nan(tensor: torch.Tensor) -> bool:
    return not tensor.is_meta and bool(tensor.isnan().any())


def _unpacked(content: Any, *, levels: int = 3) -> Any:
    """Return what is under the first key in `_WRAPPERS` that leads to tensors; `content` itself if there is none.

    Such a key may also hold settings (`params`) or nothing (`ema`, before an average has begun). The number of levels
    is limited because a file can contain a dictionary that contains itself.
    """
    if isinstance(content, Mapping) and levels:
        for key in _WRAPPERS:
            inner = _unpacked(content.get(key), levels=levels - 1)
            if isinstance(inner, Mapping) and any(isinstance(value, torch.Tensor) for value in inner.values()):
                return inner
    return content


def without_prefixes(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Remove what wrappers insert into names, and known prefixes, such as `model.`, that all names have."""
    found = {_without_inserted(name): tensor for name, tensor in tensors.items()}
    if all(name.startswith("module.") for name in found.keys() - {_COUNTER}):
        found.pop(_COUNTER, None)
    while prefix := next((one for one in _PREFIXES if all(name.startswith(one) for name in found)), None):
        found = {name.removeprefix(prefix): tensor for name, tensor in found.items()}
    return found


def _without_inserted(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in _INSERTED)


def _refusal_by_first_bytes(path: Path) -> str | None:
    """Return why a file is not a checkpoint by its first bytes, and what to do; None if it may be one."""
    with path.open("rb") as file:
        start = file.read(200)
    return stand_in(start) if start else "is empty; copy the file again"


def _load_without_code(path: Path) -> Any:
    """Load a file that `torch.save` wrote; objects that are not plain values are replaced by an `_Ignored`."""
    try:
        unsafe = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except (RuntimeError, ValueError, pickle.UnpicklingError):  # written by torch 1.5 or older
        unsafe = []
    with torch.serialization.safe_globals([(_Ignored, name) for name in unsafe]), warnings.catch_warnings():
        for told in (".*TorchScript", "Detected pickle protocol"):  # the error that is raised says the same in one line
            warnings.filterwarnings("ignore", message=told)
        return torch.load(path, map_location="cpu", weights_only=True)
