"""Class probabilities and their scores, without gradients."""

from collections.abc import Mapping

import torch
from torch.nn import functional

from galaxy.training.frozen import frozen_features
from galaxy.training.precision import Precision
from galaxy.training.supervised import Network, Source


def predict_logits(
    network: Network, source: Source, items: int, *, precision: Precision, chunk: int, kept: bool = False
) -> torch.Tensor:
    """(N, K) float32 logits, on the CPU, of items 0 to N - 1 of `source`, in evaluation mode.

    Args:
        network: What classifies.
        source: Gives images, or the frozen part's features when `kept` is set.
        items: N.
        precision: Device and number format.
        chunk: Items at a time, as in training, so that frozen features are those of training.
        kept: Whether `source` gives what the frozen part computed.
    """
    network.train(False)
    found = []
    with torch.inference_mode():
        for positions in torch.split(torch.arange(items), chunk):
            batch = source(positions)
            with precision.casting():
                features = batch if kept else frozen_features(network, network.normalise(batch), chunk=chunk)
                found.append(network.learning_part(features).float().cpu())
    return torch.cat(found)


def score_logits(logits: torch.Tensor, labels: torch.Tensor) -> Mapping[str, float]:
    """Mean cross-entropy (`loss`) and share of right answers (`accuracy`) of (N, K) logits and (N,) labels."""
    return {
        "loss": float(functional.cross_entropy(logits.double(), labels)),
        "accuracy": float((logits.argmax(1) == labels).double().mean()),
    }
