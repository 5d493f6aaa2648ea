"""Any classifier of timm as a row of the table."""

import difflib
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import timm
import torch
from timm.layers.patch_embed import PatchEmbed
from timm.models import group_parameters
from torch import nn

from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.models.normalise import IMAGENET_DEVIATION, IMAGENET_MEAN

Tune = Literal["all", "head"] | int


class TimmClassifier(Classifier):
    """A model of timm with a fresh classifier for K classes; everything, the last stages, or the head learns.

    Args:
        classes: K.
        size: S, pixels on a side.
        mean: Of the pixels scaled to [0, 1], per channel; `timm_normalisation` gives what the weights were trained
            with.
        deviation: Likewise.
        name: timm's name, with or without the tag of its pretrained weights.
        tune: `all`, `head` (the last linear layer alone), or n: the last n of the groups that timm divides the
            model's parameters into, the head included. When that is the head alone, it is the same as `head`.

    Raises:
        InputError: If timm has no such model, or it cannot take this size or be divided like that.
    """

    products_in_layers = False  # attention multiplies outside of them

    def __init__(
        self,
        *,
        classes: int,
        size: int,
        mean: Sequence[float],
        deviation: Sequence[float],
        name: str,
        tune: Tune = "all",
    ) -> None:
        network = _create(name, classes, size)
        _check_forward(network, name, classes, size)
        super().__init__(network, mean=mean, deviation=deviation)
        self._name, self._classes, self._size = name, classes, size
        self._head = _head_name(network, name)
        self._frozen = _frozen_names(network, name, tune, self._head)
        self.freeze()
        self._head_only = self._frozen == _frozen_names(network, name, "head", self._head)
        if self._head_only and not self._is_cut_exactly():
            if tune == "head":
                raise InputError(f"timm's {name} has more than a linear layer after its features; give tune: 1")
            self._head_only = False

    def frozen_modules(self) -> Sequence[nn.Module]:
        """The largest modules of which no parameter learns."""
        return _modules_within(self.network, self._frozen)

    def freeze(self) -> None:
        """As in the base, and parameters that belong to no frozen module of their own, like position embeddings."""
        super().freeze()
        for name, parameter in self.network.named_parameters():
            if name in self._frozen:
                parameter.requires_grad = False

    def frozen_part(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pooled features (B, D) when only the head learns; the pixels themselves otherwise."""
        if not self._head_only:
            return pixels
        network: Any = self.network
        features: torch.Tensor = network.forward_head(network.forward_features(pixels), pre_logits=True)
        return features

    def learning_part(self, features: torch.Tensor) -> torch.Tensor:
        """(B, K) logits."""
        layer = self.network.get_submodule(self._head) if self._head_only else self.network
        logits: torch.Tensor = layer(features)
        return logits

    def _is_cut_exactly(self) -> bool:
        pixels = torch.randn(2, 3, self._size, self._size, generator=torch.Generator().manual_seed(0))
        self.eval()
        with torch.no_grad():
            apart, whole = self.learning_part(self.frozen_part(pixels)), self.network(pixels)
        return torch.allclose(apart, whole, rtol=1e-4, atol=1e-5)

    def converted(self, tensors: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
        """As timm converts what it loads: positions interpolated to this image size, old names made new.

        Raises:
            InputError: If the tensors are of another kind of model.
        """
        convert = getattr(sys.modules[type(self.network).__module__], "checkpoint_filter_fn", None)
        if convert is None:
            return tensors
        try:
            found: Mapping[str, torch.Tensor] = convert(dict(tensors), self.network)
        except (AssertionError, AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())[:100]
            raise InputError(
                f"the weights cannot be converted for timm's {self._name} ({type(error).__name__}: {reason}); give a "
                "checkpoint of this model"
            ) from None
        return found

    def is_replaced(self, name: str) -> bool:
        """The classifier."""
        return name.startswith(f"{self._head}.")

    def reinitialise(self) -> None:
        """Draw the classifier, and all else that learns when nothing has been loaded, as timm draws it."""
        drawn = _create(self._name, self._classes, self._size).state_dict()
        with torch.no_grad():
            for name, tensor in self.learning_tensors().items():
                if not self.loaded or self.is_replaced(name):
                    tensor.copy_(drawn[name])

    def learning_tensors(self) -> dict[str, torch.Tensor]:
        """As in the base, without parameters that are frozen one by one."""
        return {name: tensor for name, tensor in super().learning_tensors().items() if name not in self._frozen}

    @property
    def has_frozen_part(self) -> bool:
        """Whether only the head learns.

        timm has no common way to compute what lies below other cuts, so with more groups learning the whole network is
        computed in every step, its frozen modules in evaluation mode.
        """
        return self._head_only


def timm_normalisation(name: str) -> tuple[list[float], list[float]]:
    """Mean and deviation per channel, of pixels scaled to [0, 1], that timm's weights of this name expect.

    ImageNet's where timm publishes none.

    Raises:
        InputError: If timm has no such model.
    """
    config = timm.get_pretrained_cfg(known_name(name))
    if config is None:
        return list(IMAGENET_MEAN), list(IMAGENET_DEVIATION)
    return list(config.mean), list(config.std)


def known_name(name: str) -> str:
    """The name itself, if timm has that model and, where there is one, its tag.

    Raises:
        InputError: If it has not, with near names.
    """
    architecture = name.partition(".")[0]
    if not timm.is_model(architecture):
        near = difflib.get_close_matches(architecture, timm.list_models(), n=3)
        hint = f"near names: {', '.join(near)}" if near else "timm.list_models() lists them"
        raise InputError(f"timm has no model {name!r}; {hint}")
    tag = name.partition(".")[2]
    tags = [known.partition(".")[2] for known in timm.list_pretrained(f"{architecture}.*")]
    if tag and tag not in tags:
        raise InputError(f"timm has no weights {tag!r} of {architecture}; allowed are {', '.join(tags) or 'none'}")
    return name


def _create(name: str, classes: int, size: int) -> nn.Module:
    known_name(name)
    try:
        network: nn.Module = timm.create_model(name, num_classes=classes, img_size=size)
    except TypeError:  # most convolutional networks have no such argument, because they take any size
        network = timm.create_model(name, num_classes=classes)
    except (AssertionError, RuntimeError, ValueError) as error:
        raise InputError(_wrong_size(name, size, str(error))) from None
    return network


def _check_forward(network: nn.Module, name: str, classes: int, size: int) -> None:
    network.eval()
    patches = getattr(network, "patch_embed", None)
    if isinstance(patches, PatchEmbed) and not patches.dynamic_img_pad and any(size % n for n in patches.patch_size):
        raise InputError(_wrong_size(name, size, f"its patches have {patches.patch_size[0]} px and do not tile them"))
    try:
        with torch.no_grad():
            shape = tuple(network(torch.zeros(1, 3, size, size)).shape)
    except (AssertionError, RuntimeError, ValueError, IndexError) as error:
        raise InputError(_wrong_size(name, size, str(error))) from None
    if shape != (1, classes):
        raise InputError(f"timm's {name} gives {shape} instead of (1, {classes}): it is no classifier of one image")


def _wrong_size(name: str, size: int, reason: str) -> str:
    config = timm.get_pretrained_cfg(name.partition(".")[0])
    made = config.input_size[-1] if config else 224
    return (
        f"timm's {name} cannot take images of {size} px ({' '.join(reason.split())[:100]}); it was made for {made} px: "
        f"give split.size {made}"
    )


def _head_name(network: Any, name: str) -> str:
    head = network.get_classifier()
    if not isinstance(head, nn.Linear):
        raise InputError(f"timm's {name} ends in {type(head).__name__}, not in one linear layer; choose another model")
    return str(next(path for path, module in network.named_modules() if module is head))


def _frozen_names(network: Any, name: str, tune: Tune, head: str) -> set[str]:
    names = [parameter for parameter, _ in network.named_parameters()]
    if tune == "all":
        return set()
    if tune == "head":
        return {parameter for parameter in names if not parameter.startswith(f"{head}.")}
    group = group_parameters(network, network.group_matcher(coarse=True), reverse=True)
    groups = sorted(set(group.values()))
    if not 1 <= int(tune) <= len(groups):
        raise InputError(f"tune is {tune}; timm's {name} has {len(groups)} groups, allowed are 1 to {len(groups)}")
    learning = set(groups[-int(tune) :])
    return {parameter for parameter in names if group[parameter] not in learning}


def _modules_within(network: nn.Module, names: set[str]) -> list[nn.Module]:
    """The outermost modules with parameters, all of which are in `names`."""
    found: list[nn.Module] = []
    inside: list[str] = []
    for path, module in network.named_modules():
        own = [f"{path}.{name}" if path else name for name, _ in module.named_parameters()]
        if own and names.issuperset(own) and not any(path.startswith(f"{outer}.") for outer in inside):
            found.append(module)
            inside.append(path)
    return found
