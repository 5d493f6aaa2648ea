"""Determines which parts of a network of timm are trained."""

from typing import Any, Literal

from timm.models import group_parameters
from torch import nn

from galaxy.errors import InputError

Tune = Literal["all", "head"] | int


def head_name(network: Any, name: str) -> str:
    """Return the path of the last linear layer.

    Raises:
        InputError: If the last layer is not linear.
    """
    head = network.get_classifier()
    if not isinstance(head, nn.Linear):
        raise InputError(f"timm's {name} ends in {type(head).__name__}, not in one linear layer; choose another model")
    return str(next(path for path, module in network.named_modules() if module is head))


def frozen_names(network: Any, name: str, tune: Tune, head: str) -> set[str]:
    """Return the names of the parameters that are not trained.

    Args:
        network: A network of timm.
        name: timm's name of the network, for messages.
        tune: `all`, `head` or a number of groups; see `TimmClassifier`.
        head: Path of the last linear layer.

    Raises:
        InputError: If `tune` is not between 1 and the number of groups.
    """
    names = [parameter for parameter, _ in network.named_parameters()]
    if tune == "all":
        return set()
    if tune == "head":
        return {parameter for parameter in names if not parameter.startswith(f"{head}.")}
    group = group_parameters(network, network.group_matcher(coarse=True), reverse=True)
    groups = sorted(set(group.values()))
    if not 1 <= int(tune) <= len(groups):
        raise InputError(
            f"tune is {tune}; it must be between 1 and {len(groups)}, the number of groups of layers in timm's {name}"
        )
    learning = set(groups[-int(tune) :])
    return {parameter for parameter in names if group[parameter] not in learning}


def modules_within(network: nn.Module, names: set[str]) -> list[nn.Module]:
    """Return the outermost modules that have parameters and whose parameters are all in `names`."""
    found: list[nn.Module] = []
    inside: list[str] = []
    for path, module in network.named_modules():
        own = [f"{path}.{name}" if path else name for name, _ in module.named_parameters()]
        if own and names.issuperset(own) and not any(path.startswith(f"{outer}.") for outer in inside):
            found.append(module)
            inside.append(path)
    return found
