"""Images per second of a trained network, from the store's bytes to logits."""

import time

import numpy as np
import torch

from galaxy.data.store import ImageStore
from galaxy.models.classifier import Classifier
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision
from galaxy.training.sources import array_source

SECONDS = 0.3  # of measuring at most, beside what the last batch takes


def images_per_second(network: Classifier, store: ImageStore, device: torch.device, *, chunk: int) -> float:
    """Measured on batches of `chunk` images, the first of which only warms up; the frozen part is computed anew."""
    rows = np.arange(min(chunk, len(store)))
    source = array_source(store.images, rows, device)

    def batch() -> None:
        predict_logits(network, source, len(rows), precision=Precision.of(device), chunk=chunk)

    batch()
    done, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < SECONDS:
        batch()
        done += len(rows)
    return done / spent
