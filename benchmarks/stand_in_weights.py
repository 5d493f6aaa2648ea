"""Checkpoints in the layouts of the published ones, with weights that anyone can draw again.

Each tensor is drawn as `tests/golden/README.md` says: normal numbers from a generator that is seeded with the CRC-32 of
its name, scaled by what kind of tensor it is.
"""

import argparse
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import timm
import torch
from safetensors.torch import save_file
from torchvision.models import vgg11

from galaxy.digest import file_sha256

_NORMS = ("norm1.weight", "norm2.weight", "norm.weight")


def golden_tensors(shapes: Mapping[str, Iterable[int]]) -> dict[str, torch.Tensor]:
    """Draw tensors with these names and shapes."""
    found = {}
    for name, shape in shapes.items():
        chance = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
        drawn = chance.standard_normal(tuple(shape)).astype(np.float32)
        if name.endswith(_NORMS):
            drawn = np.float32(1) + np.float32(0.1) * drawn
        else:
            drawn *= np.float32(0.02 if name.endswith("bias") else 0.05)
        found[name] = torch.from_numpy(drawn)
    return found


def write_vgg11(folder: Path) -> Path:
    """Write a VGG11 as torchvision does, whose name ends in the first eight digits of its SHA-256; returns its path."""
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in vgg11(init_weights=False).state_dict().items()}
    path = folder / "vgg11.pth"
    torch.save(golden_tensors(shapes), path)
    return path.rename(folder / f"vgg11-{file_sha256(path)[:8]}.pth")


def write_timm(folder: Path, name: str) -> Path:
    """Write a network as timm publishes it, NAME.safetensors; returns its path."""
    path = folder / f"{name}.safetensors"
    save_file(golden_tensors(_timm_shapes(name)), path)
    return path


def write_dino_release(folder: Path, name: str) -> Path:
    """Write a backbone as DINO's release writes a whole training: student, teacher and command line."""
    path = folder / "dino_full_checkpoint.pth"
    teacher = {f"backbone.{key}": tensor for key, tensor in golden_tensors(_timm_shapes(name)).items()}
    teacher |= golden_tensors({"head.last_layer.weight_g": (16, 1), "head.last_layer.weight_v": (16, 8)})
    student = {f"module.{key}": torch.zeros_like(tensor) for key, tensor in teacher.items()}
    torch.save({"student": student, "teacher": teacher, "epoch": 100, "args": argparse.Namespace(arch=name)}, path)
    return path


def _timm_shapes(name: str) -> dict[str, torch.Size]:
    model = timm.create_model(name, pretrained=False, num_classes=0)
    return {key: tensor.shape for key, tensor in model.state_dict().items()}
