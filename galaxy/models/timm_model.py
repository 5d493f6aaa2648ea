"""Any classifier of timm as a row of the table."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from galaxy.errors import InputError
from galaxy.models import efficientnet_lite0
from galaxy.models.classifier import Classifier
from galaxy.models.timm_create import check_forward, create_network
from galaxy.models.timm_tuning import Tune, frozen_names, head_name, modules_within


class TimmClassifier(Classifier):
    """A model of timm with a new classifier for K classes, of which all, the last groups or the head are trained.

    Args:
        classes: Number of classes, K.
        size: S, width and height of the images in pixels.
        mean: Mean per channel of pixels scaled to [0, 1]; `timm_normalisation` returns that of timm's weights.
        std: Standard deviation per channel, in the same units.
        name: timm's name, with or without the tag of its pretrained weights.
        tune: `all` trains all layers, and `head` the last linear layer only. A number n trains the last n of the groups
            into which timm divides the model's parameters, the head included; if they contain the head only, n is the
            same as `head`.

    Raises:
        InputError: If timm has no such model, or the model cannot take this size or has no such groups.
    """

    products_in_layers = False  # attention multiplies outside of layers

    def __init__(
        self,
        *,
        classes: int,
        size: int,
        mean: Sequence[float],
        std: Sequence[float],
        name: str,
        tune: Tune = "all",
    ) -> None:
        network = create_network(name, classes, size)
        check_forward(network, name, classes, size)
        super().__init__(network, mean=mean, std=std)
        self._name, self._classes, self._size = name, classes, size
        self._head = head_name(network, name)
        self._frozen = frozen_names(network, name, tune, self._head)
        self.freeze()
        self._head_only = self._frozen == frozen_names(network, name, "head", self._head)
        if self._head_only and not self._is_cut_exactly():
            if tune == "head":
                raise InputError(f"timm's {name} has more than a linear layer after its features; set tune to 1")
            self._head_only = False

    def frozen_modules(self) -> Sequence[nn.Module]:
        """Return the outermost modules without trained parameters."""
        return modules_within(self.network, self._frozen)

    def freeze(self) -> None:
        """Freeze modules, and parameters outside of frozen modules such as position embeddings."""
        super().freeze()
        for name, parameter in self.network.named_parameters():
            if name in self._frozen:
                parameter.requires_grad = False

    def frozen_part(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return pooled features (B, D) if only the head is trained, otherwise the pixels as they are."""
        if not self._head_only:
            return pixels
        network: Any = self.network
        features: torch.Tensor = network.forward_head(network.forward_features(pixels), pre_logits=True)
        return features

    def learning_part(self, features: torch.Tensor) -> torch.Tensor:
        """Return (B, K) logits."""
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
        """Convert tensors as timm does, which interpolates position embeddings and replaces old names.

        The tensors of the package with EfficientNet-Lite0's weights get timm's names.

        Raises:
            InputError: If the tensors are of another kind of model.
        """
        if self._name.partition(".")[0] == efficientnet_lite0.NAME:
            return efficientnet_lite0.timm_names(tensors, self.network.state_dict())
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
        """Return whether the tensor `name` belongs to the classifier."""
        return name.startswith(f"{self._head}.")

    def reinitialise(self) -> None:
        """Draw the classifier as timm does, and all other trained weights if no checkpoint has been loaded."""
        drawn = create_network(self._name, self._classes, self._size).state_dict()
        with torch.no_grad():
            for name, tensor in self.learning_tensors().items():
                if not self.loaded or self.is_replaced(name):
                    tensor.copy_(drawn[name])

    def learning_tensors(self) -> dict[str, torch.Tensor]:
        """Return the trained parameters and the buffers that training changes, by name."""
        return {name: tensor for name, tensor in super().learning_tensors().items() if name not in self._frozen}

    @property
    def has_frozen_part(self) -> bool:
        """Return whether only the head is trained.

        timm has no common interface to compute a part of a network. If more than the head is trained, the whole network
        is therefore computed in every step, with its frozen modules in evaluation mode.
        """
        return self._head_only
