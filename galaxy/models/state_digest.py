"""Computes the hash of a network's weights."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor


def state_sha256(state: Mapping[str, Tensor]) -> str:
    """Return the hexadecimal SHA-256 of names, shapes, types and bytes of tensors, in any order and on any device."""
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(tensor.view(-1).view(torch.uint8).numpy().data)  # numpy has no bfloat16
    return digest.hexdigest()
