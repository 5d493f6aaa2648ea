"""The smallest program that trains the network `custom`, for `benchmarks.whole_stage`.

All images are in memory; there is no validation, no saving, no tracking and no deterministic algorithms.
"""

import sys

import numpy as np
import torch
from torch.nn import functional

from galaxy.models.custom import CustomClassifier

BATCH, RATE = 64, 5e-4


def main(folder: str, count: int, epochs: int) -> None:
    """Train on the first `count` images of the store in `folder`."""
    images = torch.from_numpy(np.load(f"{folder}/store/images.npy"))[:count]
    labels = torch.arange(count) % 10
    network = CustomClassifier(classes=10, size=images.shape[1], mean=[0.5] * 3, std=[0.25] * 3)
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, fused=True)
    for _ in range(epochs):
        for batch in torch.split(torch.randperm(count), BATCH):
            loss = functional.cross_entropy(network(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
