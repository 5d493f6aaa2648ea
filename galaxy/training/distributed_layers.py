"""Batch normalisation and dropout over the global batch of several processes.

Mean, variance and dropout masks are computed over all processes, so that several processes compute the same as one,
within rounding. torch's own SyncBatchNorm works on GPUs only.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional

from galaxy.errors import InputError
from galaxy.training.distributed import World

_Norm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d
_EXACT = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def join_layers(network: nn.Module, world: World) -> None:
    """Make every batch normalisation and dropout inside `network` use the global batch while training.

    Names, parameters and running statistics do not change. Other layers that draw random numbers, such as stochastic
    depth in some timm models, draw the same numbers in each process. The mean over many draws does not change by this,
    but the learning curve depends on the number of processes.

    Args:
        network: Changed in place, unless there is only one process.
        world: Processes that train together.

    Raises:
        InputError: If the network has a kind of batch normalisation that is not supported.
    """
    if world.size == 1:
        return
    for module in network.modules():
        if isinstance(module, _Norm):
            vars(module)["forward"] = partial(_normalise, module, module.forward, _afterwards(module))
        elif type(module) is nn.Dropout:
            vars(module)["forward"] = partial(_drop, module, world)


def _afterwards(module: _Norm) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """Return the function that the layer applies after normalising, such as an activation, or None."""
    if type(module) in _EXACT:
        return None
    from timm.layers.norm_act import BatchNormAct2d

    kind: type[nn.Module] = type(module)
    if kind is not BatchNormAct2d:
        raise InputError(
            f"{kind.__name__}, a kind of batch normalisation, is not supported with several processes; "
            "unset GALAXY_PROCESSES, or choose another model"
        )
    both: Any = module
    return lambda images: both.act(both.drop(images))


class _Sum(torch.autograd.Function):
    """Sums a tensor over the processes, and its gradient as well, because each process has a part of the loss."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor) -> torch.Tensor:  # noqa: ARG004 - a function's signature
        total = tensor.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:  # noqa: ARG004
        total = gradients[0].contiguous().clone()
        dist.all_reduce(total)
        return total


def _sum(tensor: torch.Tensor) -> torch.Tensor:
    total: torch.Tensor = _Sum.apply(tensor)
    return total


def _normalise(module: _Norm, alone: Any, afterwards: Any, images: torch.Tensor) -> torch.Tensor:
    if not module.training:
        found: torch.Tensor = alone(images)
        return found
    across = [axis for axis in range(images.ndim) if axis != 1]
    shape = [1, -1] + [1] * (images.ndim - 2)
    values = images.float()  # in float32 under mixed precision as well, like torch's own layers
    count = _sum(values.new_tensor([values.numel() / values.shape[1]]))
    mean = _sum(values.sum(across)) / count
    centred = values - mean.view(shape)
    variance = _sum(centred.square().sum(across)) / count
    if module.track_running_stats and module.running_mean is not None and module.running_var is not None:
        with torch.no_grad():
            if module.num_batches_tracked is not None:
                module.num_batches_tracked.add_(1)
            momentum = module.momentum
            if momentum is None:  # torch then takes the mean over all batches so far
                momentum = 1 / float(module.num_batches_tracked or 1)
            module.running_mean.lerp_(mean, momentum)
            module.running_var.lerp_(variance * count / (count - 1), momentum)
    scaled = centred * torch.rsqrt(variance + module.eps).view(shape)
    if module.affine:
        scaled = torch.addcmul(module.bias.view(shape), scaled, module.weight.view(shape))
    scaled = scaled.to(images.dtype)
    return afterwards(scaled) if afterwards else scaled


def _drop(module: nn.Dropout, world: World, features: torch.Tensor) -> torch.Tensor:
    if not module.training or not module.p:
        return features
    items = int(world.sum(torch.tensor(len(features))))
    mask = functional.dropout(torch.ones(items, *features.shape[1:], device=features.device), module.p)
    return (features * world.share(mask)).to(features.dtype)
