"""The same training with Lightning's trainer, for `benchmarks.whole_stage`.

Lightning's own checkpoint and CSV log are written, and the validation images are scored after each epoch, as in a
stage. All images are in memory.
"""

import sys

import lightning
import numpy as np
import torch
from lightning.pytorch.loggers import CSVLogger
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.bare_process import BATCH, RATE
from galaxy.models.custom import CustomClassifier


class Module(lightning.LightningModule):  # type: ignore[misc, unused-ignore]  # Any where lightning is not installed
    """The network with its loss."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.network = CustomClassifier(classes=10, size=size, mean=[0.5] * 3, std=[0.25] * 3)
        self.network.to(memory_format=torch.channels_last)

    def training_step(self, batch: list[torch.Tensor], number: int) -> torch.Tensor:  # noqa: ARG002
        """The loss of a batch."""
        loss = functional.cross_entropy(self.network(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: list[torch.Tensor], number: int) -> None:  # noqa: ARG002
        """The loss of validation images."""
        self.log("validation_loss", functional.cross_entropy(self.network(batch[0]), batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW."""
        return torch.optim.AdamW(self.parameters(), lr=RATE, fused=True)


def main(folder: str, count: int, epochs: int) -> None:
    """Train on the first `count` images of the store in `folder`, and validate on the next eighth as many."""
    images = torch.from_numpy(np.load(f"{folder}/store/images.npy"))
    labels = torch.arange(len(images)) % 10
    train = TensorDataset(images[:count], labels[:count])
    validation = TensorDataset(images[count : count + count // 8], labels[count : count + count // 8])
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=CSVLogger(f"{folder}/lightning"),
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    loaders = DataLoader(train, batch_size=BATCH, shuffle=True), DataLoader(validation, batch_size=BATCH)
    trainer.fit(Module(images.shape[1]), *loaders)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
