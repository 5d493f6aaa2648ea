"""Images per second of a trained network, from the store's bytes to logits."""

import time

import numpy as np
import torch

from galaxy.data.store import ImageStore
from galaxy.models.classifier import Classifier
from galaxy.training.batch_source import array_source
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision

SECONDS = 0.5  # of measuring, beside what the last batch takes


def images_per_second(network: Classifier, store: ImageStore, device: torch.device, *, chunk: int) -> float:
    """By the fastest of several batches of `chunk` images, the others waited; the frozen part is computed anew."""
    rows = np.arange(min(chunk, len(store)))
    source = array_source(store.images, rows, device)
    fastest, ends = float("inf"), time.perf_counter() + SECONDS
    while (started := time.perf_counter()) < ends:
        predict_logits(network, source, len(rows), precision=Precision.of(device), chunk=chunk)
        fastest = min(fastest, time.perf_counter() - started)
    return len(rows) / fastest
