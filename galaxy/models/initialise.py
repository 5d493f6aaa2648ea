"""Initialises weights that are not taken from a checkpoint."""

from collections.abc import Iterable
from typing import Literal

from torch import nn

Initialisation = Literal["normal", "kaiming"]


def initialise(modules: Iterable[nn.Module], kind: Initialisation, *, variance: float = 1e-2) -> None:
    """Initialise convolutions, linear layers and normalisations, with torch's default generator.

    Args:
        modules: Modules to initialise, with all modules in them.
        kind: `normal` draws every weight from a normal distribution with mean 0 and the given variance, like Simonyan
            and Zisserman (2015) and the report. `kaiming` scales the variance with the fan-out (He et al. 2015) in
            convolutions and uses a standard deviation of 0.01 in linear layers, like torchvision's VGG. Biases are 0;
            normalisation layers start as the identity.
        variance: Variance of the weights if `kind` is `normal`.
    """
    for outer in modules:
        for module in outer.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                if kind == "normal":
                    nn.init.normal_(module.weight, std=variance**0.5)
                elif isinstance(module, nn.Conv2d):
                    nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                else:
                    nn.init.normal_(module.weight, std=0.01)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.reset_running_stats()
                module.reset_parameters()
