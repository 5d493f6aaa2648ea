"""The base class of all supervised networks."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from galaxy.models.normalise import Normalise


class Classifier(nn.Module, ABC):
    """A network from (B, S, S, 3) uint8 images to (B, K) logits.

    It has three parts: `normalise`, `frozen_part` and `learning_part`. The frozen part is always in evaluation mode
    and gets no gradients, so its features of an image do not change during training and can be stored.

    Attributes:
        normalise: Normalisation of the pixels.
        network: Module with all weights; its `state_dict` has the names of the library that it comes from.
        loaded: Whether weights of a checkpoint have been loaded.
        products_in_layers: Whether all multiply-adds are in convolutional and linear layers, so that they can be
            counted by layer.
    """

    normalise: Normalise
    network: nn.Module
    products_in_layers = True

    def __init__(self, network: nn.Module, *, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.normalise = Normalise(mean, std)
        self.network = network
        self.loaded = False

    @abstractmethod
    def frozen_modules(self) -> Sequence[nn.Module]:
        """Return the modules that training does not change; an empty list if all are trained."""

    @abstractmethod
    def frozen_part(self, pixels: torch.Tensor) -> torch.Tensor:
        """Compute the input of the learning part from normalised pixels; it is the pixels if no module is frozen."""

    @abstractmethod
    def learning_part(self, features: torch.Tensor) -> torch.Tensor:
        """Compute (B, K) logits from the result of `frozen_part`."""

    @abstractmethod
    def is_replaced(self, name: str) -> bool:
        """Return whether the tensor `name` of a checkpoint is ignored, for example that of the last layer."""

    @abstractmethod
    def reinitialise(self) -> None:
        """Draw the weights that do not come from a checkpoint, with torch's default generator."""

    def converted(self, tensors: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
        """Return the tensors of a checkpoint with names and shapes of `network`, if its library can convert them."""
        return tensors

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (B, K) logits of (B, S, S, 3) uint8 images."""
        with torch.no_grad():
            features = self.frozen_part(self.normalise(images))
        return self.learning_part(features)

    def freeze(self) -> None:
        """Switch off gradients of the frozen modules, and put them into evaluation mode."""
        for module in self.frozen_modules():
            module.requires_grad_(requires_grad=False)
            module.eval()

    def train(self, mode: bool = True) -> "Classifier":
        """Set the mode as in torch, except that frozen modules stay in evaluation mode."""
        super().train(mode)
        for module in self.frozen_modules():
            module.eval()
        return self

    @property
    def has_frozen_part(self) -> bool:
        """Return whether `frozen_part` has weights."""
        return any(True for module in self.frozen_modules() for _ in module.parameters())

    def learning_tensors(self) -> dict[str, torch.Tensor]:
        """Return the trained parameters and the buffers that training changes, by name; they are not copied."""
        frozen = {id(t) for m in self.frozen_modules() for t in (*m.parameters(), *m.buffers())}
        return {n: t for n, t in self.network.state_dict(keep_vars=True).items() if id(t) not in frozen}

    def frozen_tensors(self) -> dict[str, torch.Tensor]:
        """Return all other tensors of `network`, by name."""
        learning = self.learning_tensors()
        return {n: t for n, t in self.network.state_dict(keep_vars=True).items() if n not in learning}
