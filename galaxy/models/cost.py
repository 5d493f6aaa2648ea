"""Counts the parameters and multiply-adds of a network, by layer and in total."""

import math
from dataclasses import dataclass

import torch
from torch import nn

from galaxy.models.classifier import Classifier
from galaxy.models.group_convolution import GroupConvolution


@dataclass(frozen=True)
class Layer:
    """One line of a layer table; `output` and `multiply_adds` are for one image."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    multiply_adds: int


def layer_table(classifier: Classifier, size: int) -> list[Layer]:
    """Return the layers that contain no other layers, in the order of computation, for `size` x `size` pixels."""
    table: list[Layer] = []
    names = {module: name for name, module in classifier.network.named_modules()}

    def note(module: nn.Module, inputs: object, output: object) -> None:  # noqa: ARG001 - a hook's signature
        if not isinstance(output, torch.Tensor):
            return
        count = sum(parameter.numel() for parameter in module.parameters())
        shape = tuple(output.shape[1:])
        table.append(Layer(names[module], type(module).__name__, shape, count, _products(module, shape)))

    hooks = [module.register_forward_hook(note) for module in names if not list(module.children())]
    try:
        _forward(classifier, size)
    finally:
        for hook in hooks:
            hook.remove()
    return table


def model_summary(classifier: Classifier, size: int) -> str:
    """Return a text table of the layers, with totals and the number of frozen parameters below it."""
    lines = [("layer", "kind", "output", "parameters", "multiply-adds")]
    lines += [
        (one.name, one.kind, " x ".join(map(str, one.output)), f"{one.parameters:,}", f"{one.multiply_adds:,}")
        for one in layer_table(classifier, size)
    ]
    wide = [max(len(line[column]) for line in lines) for column in range(5)]
    text = [f"{a:{wide[0]}}  {b:{wide[1]}}  {c:>{wide[2]}}  {d:>{wide[3]}}  {e:>{wide[4]}}" for a, b, c, d, e in lines]
    parameters = list(classifier.network.parameters())
    total, frozen = (
        sum(p.numel() for p in some) for some in (parameters, [p for p in parameters if not p.requires_grad])
    )
    text += ["", f"{total:,} parameters, {frozen:,} of them frozen; {multiply_adds(classifier, size):,} multiply-adds"]
    return "\n".join(text) + "\n"


def multiply_adds(classifier: Classifier, size: int) -> int:
    """Return the multiply-adds of convolutions and matrix products for one image; one multiply-add is 2 FLOP."""
    if classifier.products_in_layers:
        return sum(layer.multiply_adds for layer in layer_table(classifier, size))
    # Imported here, because it imports triton, which takes half a second.
    from galaxy.models.multiply_adds import multiply_adds_of

    return multiply_adds_of(lambda: _forward(classifier, size))


def _products(module: nn.Module, output: tuple[int, ...]) -> int:
    if isinstance(module, nn.Conv2d):
        return math.prod(output) * module.in_channels // module.groups * math.prod(module.kernel_size)
    if isinstance(module, GroupConvolution):  # computes an ordinary convolution with moved copies of the weights
        return math.prod(output) * module.weight[0].numel()
    return math.prod(output) * module.in_features if isinstance(module, nn.Linear) else 0


def _forward(classifier: Classifier, size: int) -> None:
    before = classifier.training
    classifier.eval()
    device = next(classifier.network.parameters()).device
    with torch.no_grad():
        classifier(torch.zeros(1, size, size, 3, dtype=torch.uint8, device=device))
    classifier.train(before)
