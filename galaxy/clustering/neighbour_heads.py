"""Clusters from an ensemble of linear heads that agree on nearest neighbours (TEMI, arXiv:2303.17896).

In the shapes, N is the number of training galaxies, M of all galaxies, D of features, C of clusters and H of heads.

A head computes the probability q(c|x) of each cluster c for a galaxy x. It is trained to assign a galaxy and one of its
neighbours to the same cluster while using all clusters equally often. It maximises the pointwise mutual information of
the pair,

    log sum_c (q_s(c|x) q_t(c|x'))^b / q_t(c),

where q_s is the output of the head, q_t that of its moving average, and q_t(c) the mean over the galaxies. The exponent
b = 0.6 prevents all galaxies from being in one cluster. Pairs are weighted by the heads' probability that both are in
one cluster. Differences from the publication (Adaloglou et al. 2023): the features are reduced first; heads start from
k-means centres, because random starts gave poor optima for a few hundred galaxies; each update uses all galaxies.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from galaxy.clustering.kmeans import fit_centres
from galaxy.errors import ArgumentError, InputError

_BETAS = (0.9, 0.999)  # decay rates of Adam's moments
_BETA, _TEMPERATURE, _MOMENTUM, _PRIOR_MOMENTUM, _RATE = 0.6, 0.1, 0.99, 0.9, 1e-2
_VALUES = 2048 * 17_736  # number of values in a block of the similarity matrix, 145 MB


@dataclass(frozen=True, kw_only=True)
class NeighbourHeads:
    """Fitted heads.

    Attributes:
        weight: (H, D, C) weights of each head.
        loss: (H,) mean negative pointwise mutual information over the last tenth of the updates.
    """

    weight: NDArray[np.float32]
    loss: NDArray[np.float64]

    def probability(self, x: NDArray[np.floating], *, head: int | None = None) -> NDArray[np.float32]:
        """Return (M, C) probabilities of clusters of (M, D) features by one head; None takes the one of lowest loss."""
        chosen = int(self.loss.argmin()) if head is None else head
        logits = torch.from_numpy(_unit_rows(x)) @ torch.from_numpy(self.weight[chosen]) / _TEMPERATURE
        found: NDArray[np.float32] = logits.softmax(dim=1).numpy()
        return found


def fit_neighbour_heads(
    x: NDArray[np.floating], *, clusters: int, heads: int, neighbours: int, updates: int, seed: int
) -> NeighbourHeads:
    """Fit the heads on the CPU.

    Args:
        x: (N, D) features; their rows are scaled to unit length.
        clusters: Number of clusters, C.
        heads: Number of heads, H.
        neighbours: Number of nearest neighbours by cosine similarity, k.
        updates: Number of updates, at least 1; each uses all galaxies and one random neighbour of each.
        seed: Seed of the heads and of the neighbours.

    Returns:
        The heads, whose weights are the moving averages.

    Raises:
        ArgumentError: If a number is out of range for N galaxies, or there are more clusters than different features.
        InputError: If features are not finite.
    """
    if not np.isfinite(x).all():
        raise InputError("the features contain NaN or infinity; compute them again")
    if updates < 1:
        raise ArgumentError(f"updates is {updates}; it must be at least 1")
    limits = (("clusters", clusters, 2, len(x)), ("neighbours", neighbours, 1, len(x) - 1), ("heads", heads, 1, 10_000))
    for name, value, low, high in limits:
        if not low <= value <= high:
            raise ArgumentError(
                f"{name} is {value}; with {len(x)} training galaxies it must be between {low} and {high}"
            )
    generator = torch.Generator().manual_seed(seed)
    unit = torch.from_numpy(_unit_rows(x))
    nearest = _nearest(unit, neighbours)
    rows = unit.numpy()
    starts = [fit_centres(rows, clusters=clusters, restarts=1, seed=seed + head) for head in range(heads)]
    average = torch.from_numpy(np.stack([_unit_rows(centres).T for centres in starts]))
    weight = average.clone().requires_grad_()
    first, second = torch.zeros_like(average), torch.zeros_like(average)
    prior = torch.full((heads, clusters), 1 / clusters)
    last, total = max(1, updates // 10), torch.zeros(heads, dtype=torch.float64)
    row = torch.arange(len(unit))
    for update in range(updates):
        partner = nearest[row, torch.randint(neighbours, (len(unit),), generator=generator)]
        student = (unit @ weight / _TEMPERATURE).softmax(dim=-1)
        with torch.no_grad():
            teacher = (unit @ average / _TEMPERATURE).softmax(dim=-1)
            prior = _PRIOR_MOMENTUM * prior + (1 - _PRIOR_MOMENTUM) * teacher.mean(dim=1)
            paired = teacher[:, partner]
            share = (teacher * paired).sum(dim=-1).mean(dim=0)
        information = ((student * paired) ** _BETA / prior.unsqueeze(1)).sum(dim=-1).clamp(min=1e-9).log()
        loss = -(share * information).mean(dim=1)
        (slope,) = torch.autograd.grad(loss.sum(), [weight])
        with torch.no_grad():
            # Adam's update; torch's own imports its compiler first, which takes seconds.
            first.lerp_(slope, 1 - _BETAS[0])
            second.lerp_(slope.square(), 1 - _BETAS[1])
            step, spread = (m / (1 - b ** (update + 1)) for m, b in zip((first, second), _BETAS, strict=True))
            weight -= _RATE * step / (spread.sqrt() + 1e-8)
            average.mul_(_MOMENTUM).add_(weight, alpha=1 - _MOMENTUM)
        if update >= updates - last:
            total += loss.detach().double()
    return NeighbourHeads(weight=average.numpy(), loss=(total / last).numpy())


def _nearest(unit: Tensor, count: int) -> Tensor:
    found = []
    block = min(2048, max(1, _VALUES // len(unit)))
    for start in range(0, len(unit), block):
        similarity = unit[start : start + block] @ unit.T
        similarity[torch.arange(len(similarity)), torch.arange(start, start + len(similarity))] = -torch.inf
        found.append(similarity.topk(count, dim=1).indices)
    return torch.cat(found)


def _unit_rows(x: NDArray[np.floating]) -> NDArray[np.float32]:
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (x / np.where(norm > 0, norm, 1.0)).astype(np.float32)
    return unit
