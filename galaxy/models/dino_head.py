"""The projection head of DINO (Caron et al. 2021, section 3.1 and appendix C)."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class DinoHead(nn.Module):
    """Computes logits (B, K) over prototypes from CLS tokens (B, W).

    Three linear layers with GELU between them, L2 normalisation of the bottleneck, and a last linear layer without bias
    whose rows have unit norm, so that logits are cosines. As in the reference, weights are drawn from a truncated
    normal distribution with a standard deviation of 0.02, biases are 0, and the last layer is initialised like torch's
    linear layers.

    Args:
        width: W, width of the tokens.
        prototypes: Number of prototypes, K; the reference has 65,536.
        hidden: Width of the two hidden layers; the reference has 2,048.
        bottleneck: Width before the last layer; the reference has 256.
        norm_last_layer: Whether rows of the last layer keep unit norm; otherwise their norms are trained. True is the
            reference's default, which it uses for base transformers. For small transformers it recommends False, which
            can be unstable.
        seed: Seed of the weights.
    """

    def __init__(
        self, width: int, *, prototypes: int, hidden: int, bottleneck: int, norm_last_layer: bool, seed: int
    ) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.mlp = nn.Sequential(
                nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, bottleneck)
            )
            for layer in self.mlp:
                if isinstance(layer, nn.Linear):
                    nn.init.trunc_normal_(layer.weight, std=0.02)
                    nn.init.zeros_(layer.bias)
            self.directions = nn.Parameter(nn.Linear(bottleneck, prototypes, bias=False).weight.detach().clone())
        self.norms = nn.Parameter(torch.ones(prototypes, 1), requires_grad=not norm_last_layer)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, K) logits of (B, W) tokens, in float32 also under automatic casting.

        The logits are cosines and are later divided by temperatures like 0.04, so bfloat16 would be wrong by 0.05 nats.
        """
        x = self.mlp(x)
        with torch.autocast(x.device.type, enabled=False):
            weight = functional.normalize(self.directions, dim=-1) * self.norms
            return functional.linear(functional.normalize(x.float(), dim=-1), weight)
