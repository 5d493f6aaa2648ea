"""Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685) of timm's vision transformers.

The weight W (out, in) of a linear layer becomes W + (alpha / rank) B A, with A (rank, in) and B (out, rank). B is 0 at
first, so that a new adapter does not change the output. Each target has its own A and B. timm computes queries, keys
and values in one layer, qkv; each of them is a third of its rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from galaxy.errors import InputError

TARGETS = ("q", "k", "v", "proj", "fc1", "fc2")
"""Layers of a block that can be adapted: queries, keys, values, attention output, and both layers of the MLP."""

_LAYERS = {"attn.qkv": ("q", "k", "v"), "attn.proj": ("proj",), "mlp.fc1": ("fc1",), "mlp.fc2": ("fc2",)}


class LowRankLinear(nn.Module):
    """A frozen linear layer whose rows consist of equal parts, some of which have a low-rank update.

    Args:
        base: The layer; its parameters are frozen.
        parts: Names of the equal parts of the rows, in order.
        targets: Names of the parts that are adapted.
        rank: Rank of each update, from 1 to the smaller dimension of a part.
        alpha: Numerator of the scale alpha / rank.
        generator: Random generator of A, which is drawn from Kaiming's uniform distribution with a = sqrt(5), as torch
            draws linear layers.

    Raises:
        InputError: If the rank is out of range.
    """

    def __init__(
        self,
        base: nn.Linear,
        *,
        parts: Sequence[str],
        targets: Sequence[str],
        rank: int,
        alpha: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        rows = base.out_features // len(parts)
        if not 1 <= rank <= min(rows, base.in_features):
            raise InputError(
                f"LoRA rank is {rank}; it must be between 1 and {min(rows, base.in_features)}, because the adapted "
                f"layer has {base.in_features} inputs and each of its parts {rows} outputs"
            )
        self.base = base.requires_grad_(requires_grad=False)
        self.parts, self.scale, self.rows = tuple(parts), alpha / rank, rows
        bound = base.in_features**-0.5
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        for part in parts:
            if part in targets:
                drawn = torch.empty(rank, base.in_features).uniform_(-bound, bound, generator=generator)
                self.down[part] = nn.Parameter(drawn.to(base.weight.device))
                self.up[part] = nn.Parameter(base.weight.new_zeros(rows, rank))

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., out) outputs of (..., in) inputs."""
        y: Tensor = self.base(x)
        # One product for all parts reads and writes the outputs once, which is worth the zeros in `up`.
        down = torch.cat(list(self.down.values()))
        nothing = self.base.weight.new_empty(self.rows, 0)
        stacked = [self.up.get(part, nothing) for part in self.parts]
        up = torch.block_diag(*stacked)  # type: ignore[no-untyped-call]
        low = functional.linear(x, down).flatten(0, -2)
        return torch.addmm(y.flatten(0, -2), low, up.t(), alpha=self.scale).view(y.shape)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """Return the linear layer with the updates added to its weight, which are computed in float64."""
        weight = self.base.weight.detach().double()
        for index, part in enumerate(self.parts):
            if part in self.down:
                update = self.up[part].double() @ self.down[part].double() * self.scale
                weight[index * self.rows : (index + 1) * self.rows] += update
        # A new tensor, because the old one may be shared with another network.
        self.base.weight = nn.Parameter(weight.to(self.base.weight.dtype), requires_grad=False)
        return self.base


def attach_adapters(
    model: nn.Module, *, targets: Sequence[str], rank: int, alpha: float, seed: int, also: Sequence[str] = ()
) -> int:
    """Freeze a vision transformer and attach adapters to all of its blocks.

    Args:
        model: The transformer; adapted layers are replaced in place.
        targets: Names in `TARGETS`, at least one.
        rank: Rank of the adapters.
        alpha: Numerator of their scale alpha / rank.
        seed: Seed of their initial weights.
        also: Parts of names, for example "bias"; parameters whose name contains one of them are trained as well.

    Returns:
        The number of trainable parameters.

    Raises:
        InputError: If targets are missing or unknown, the model lacks a layer, or the rank does not fit.

    Example:
        >>> import timm
        >>> network = timm.create_model("vit_tiny_patch16_224", img_size=32, num_classes=0)
        >>> attach_adapters(network, targets=["q", "v"], rank=4, alpha=8.0, seed=0)
        36864
    """
    unknown = [target for target in targets if target not in TARGETS]
    if unknown or not targets or len(set(targets)) < len(targets):
        given = ", ".join(targets) or "nothing"
        raise InputError(f"LoRA targets are {given}; give one or more of {', '.join(TARGETS)}, each once")
    model.requires_grad_(requires_grad=False)
    generator = torch.Generator().manual_seed(seed)
    for block in _blocks(model):
        for layer, parts in _LAYERS.items():
            wanted = [part for part in parts if part in targets]
            if not wanted:
                continue
            owner, name = _locate(block, layer)
            adapted = LowRankLinear(
                getattr(owner, name), parts=parts, targets=wanted, rank=rank, alpha=alpha, generator=generator
            )
            setattr(owner, name, adapted)
    for part in also:
        named = [p for name, p in model.named_parameters() if part in name and not _is_adapter(name)]
        if not named:
            raise InputError(f"no parameter of the backbone has {part!r} in its name; correct or remove it")
        for parameter in named:
            parameter.requires_grad_()
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def learned_names(model: nn.Module, *, also: Sequence[str]) -> list[str]:
    """Return the names of the trained parameters of a model with adapters; for `also`, see `attach_adapters`.

    They are chosen by name and not by `requires_grad`, which is off in the teacher of a self-distillation.
    """
    return [name for name, _ in model.named_parameters() if _is_adapter(name) or any(part in name for part in also)]


def adapter_state(model: nn.Module, *, also: Sequence[str]) -> dict[str, Tensor]:
    """Return the parameters that `learned_names` names, by name; they are not copied."""
    parameters = dict(model.named_parameters())
    return {name: parameters[name] for name in learned_names(model, also=also)}


def load_adapter(model: nn.Module, tensors: Mapping[str, Tensor], *, also: Sequence[str], source: str) -> None:
    """Copy saved adapters into those attached to `model`.

    Args:
        model: A model with adapters.
        tensors: Tensors by the names that `learned_names` returns.
        also: As in `attach_adapters`.
        source: Name of the file that the tensors are from, for messages.

    Raises:
        InputError: If a tensor is missing, unknown or of another shape; the model is then unchanged.
    """
    state = adapter_state(model, also=also)
    for name in [*state, *tensors]:
        here, there = (tuple(t[name].shape) if name in t else None for t in (state, tensors))
        if here != there:
            raise InputError(
                f"{source} does not fit the backbone: {name} is {there} in the file and {here} in the backbone; run "
                "the fine-tuning again"
            )
    with torch.no_grad():
        for name, parameter in state.items():
            parameter.copy_(tensors[name])


def merge_adapters(model: nn.Module) -> None:
    """Replace each adapted layer by a linear layer with the updates added to its weight."""
    for path, module in list(model.named_modules()):
        if isinstance(module, LowRankLinear):
            owner, _, name = path.rpartition(".")
            setattr(model.get_submodule(owner), name, module.merged())


def _is_adapter(name: str) -> bool:
    return ".down." in name or ".up." in name


def _blocks(model: nn.Module) -> Iterator[nn.Module]:
    blocks = getattr(model, "blocks", None)
    if not isinstance(blocks, nn.Sequential | nn.ModuleList) or not len(blocks):
        raise InputError(f"{type(model).__name__} has no transformer blocks to adapt; take a vision transformer")
    yield from blocks


def _locate(block: nn.Module, layer: str) -> tuple[Any, str]:
    owner_name, _, name = layer.partition(".")
    owner = getattr(block, owner_name, None)
    if not isinstance(getattr(owner, name, None), nn.Linear):
        raise InputError(f"the blocks have no linear layer {layer} to adapt; choose other LoRA targets")
    return owner, name
