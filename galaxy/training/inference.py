"""Computes logits and their loss and accuracy, without gradients."""

from collections.abc import Callable, Mapping

import torch
from torch.nn import functional

from galaxy.training.distributed import World
from galaxy.training.frozen import frozen_features
from galaxy.training.precision import Precision
from galaxy.training.supervised import Network, Source

_ALONE = World()


def predict_logits(
    network: Network,
    source: Source,
    items: int,
    *,
    precision: Precision,
    chunk: int,
    gives_features: bool = False,
    world: World = _ALONE,
    on_chunk: Callable[[], None] = lambda: None,
) -> torch.Tensor:
    """Compute the logits of items 0 to N - 1 of `source`, in evaluation mode.

    The part of the network that learns is computed in float32: in bfloat16, logits of an untrained VGG are wrong by
    2 to 6 nats.

    Args:
        network: The classifier.
        source: Gives images, or features of the frozen part when `gives_features` is set.
        items: Number of items, N.
        precision: Device, and number format of the frozen part.
        chunk: Number of items at a time; the same as in training, so that frozen features are the same.
        gives_features: Whether `source` gives features of the frozen part instead of images.
        world: Processes that share the chunks; each of them gets all logits.
        on_chunk: Called after each chunk.

    Returns:
        (N, K) float32 logits on the CPU.

    Raises:
        ValueError: If `items` is 0.
    """
    network.train(False)
    chunks = torch.split(torch.arange(items), chunk)
    found: torch.Tensor | None = None
    for first in range(0, len(chunks), world.size):
        own = first + world.rank
        positions = chunks[min(own, len(chunks) - 1)]
        batch = source(positions)
        with torch.inference_mode():
            if not gives_features:
                with precision.casting():  # as in training, so that frozen features are the same
                    batch = frozen_features(network, network.normalise(batch), chunk=chunk)
            logits = network.learning_part(batch.float()).cpu()
        found = torch.zeros(items, logits.shape[1]) if found is None else found
        if own < len(chunks):
            found[positions] = logits
        on_chunk()
    if found is None:
        raise ValueError(f"items is {items}; give at least one item")
    return world.sum(found)


def score_logits(logits: torch.Tensor, labels: torch.Tensor) -> Mapping[str, float]:
    """Return the mean cross-entropy and the accuracy of predictions.

    Args:
        logits: (N, K) logits.
        labels: (N,) int64 classes.

    Returns:
        `loss` in nats and `accuracy`, the share of galaxies whose largest logit is that of their class.
    """
    return {
        "loss": float(functional.cross_entropy(logits.double(), labels)),
        "accuracy": float((logits.argmax(1) == labels).double().mean()),
    }
