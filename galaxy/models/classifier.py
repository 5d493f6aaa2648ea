"""What every supervised network of the table is: pixels in, logits out, a frozen part below a learning one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from galaxy.models.normalise import Normalise


class Classifier(nn.Module, ABC):
    """(B, S, S, 3) uint8 images to (B, K) logits in three parts: `normalise`, `frozen_part`, `learning_part`.

    The frozen part is in evaluation mode always and gives no gradient, so what it computes of an image never changes
    during a training and may be kept.

    Attributes:
        normalise: Pixels to floats.
        network: Everything that has weights; its `state_dict` has the names of the library it comes from.
        loaded: Whether weights of a checkpoint have been put in.
        products_in_layers: Whether all arithmetic that counts is done by convolutional and linear layers.
    """

    normalise: Normalise
    network: nn.Module
    products_in_layers = True

    def __init__(self, network: nn.Module, *, mean: Sequence[float], deviation: Sequence[float]) -> None:
        super().__init__()
        self.normalise = Normalise(mean, deviation)
        self.network = network
        self.loaded = False

    @abstractmethod
    def frozen_modules(self) -> Sequence[nn.Module]:
        """The modules that training leaves as they are; empty when all learn."""

    @abstractmethod
    def frozen_part(self, pixels: torch.Tensor) -> torch.Tensor:
        """From normalised pixels to the input of the learning part; the identity when all learns."""

    @abstractmethod
    def learning_part(self, features: torch.Tensor) -> torch.Tensor:
        """From what `frozen_part` gives to (B, K) logits."""

    @abstractmethod
    def is_replaced(self, name: str) -> bool:
        """Whether a tensor of a checkpoint, by its name in `network`, is left out: the head's at least."""

    @abstractmethod
    def reinitialise(self) -> None:
        """Draw the weights that no checkpoint gave, from torch's default generator."""

    def converted(self, tensors: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
        """A checkpoint's tensors under the names and in the shapes of `network`, as far as its library knows how."""
        return tensors

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, K) logits of (B, S, S, 3) uint8 images."""
        with torch.no_grad():
            features = self.frozen_part(self.normalise(images))
        return self.learning_part(features)

    def freeze(self) -> None:
        """Make the frozen modules frozen: no gradients, evaluation mode."""
        for module in self.frozen_modules():
            module.requires_grad_(requires_grad=False)
            module.eval()

    def train(self, mode: bool = True) -> "Classifier":
        """As in torch, but frozen modules stay in evaluation mode."""
        super().train(mode)
        for module in self.frozen_modules():
            module.eval()
        return self

    @property
    def has_frozen_part(self) -> bool:
        """Whether `frozen_part` computes anything that is worth keeping."""
        return any(True for module in self.frozen_modules() for _ in module.parameters())

    def learning_tensors(self) -> dict[str, torch.Tensor]:
        """Parameters that learn and buffers that change with them, by their names in `network`, live."""
        frozen = {id(t) for m in self.frozen_modules() for t in (*m.parameters(), *m.buffers())}
        return {n: t for n, t in self.network.state_dict(keep_vars=True).items() if id(t) not in frozen}

    def frozen_tensors(self) -> dict[str, torch.Tensor]:
        """The rest of `network`'s state."""
        learning = self.learning_tensors()
        return {n: t for n, t in self.network.state_dict(keep_vars=True).items() if n not in learning}
