"""The settings of supervised training, as keyword arguments of the functions that need them."""

from typing import TypedDict

from galaxy.training.record import Keep


class TrainingSpec(TypedDict):
    """Keyword arguments that say how a supervised network is trained.

    Attributes:
        epochs: Number of passes over the training galaxies.
        batch_size: Galaxies per update, over all processes.
        lr: Learning rate of AdamW after the warm-up; it then decreases along half a cosine.
        lr_min: Learning rate of the last update.
        weight_decay: AdamW's weight decay.
        warmup_epochs: Epochs at the start over which the learning rate increases linearly.
        clip_norm: Largest Euclidean norm of all gradients together; None does not clip.
        keep: The epoch whose weights are kept: the last, or the best on the validation galaxies.
        patience: Epochs without a lower validation loss after which training ends; None trains all epochs.
        flips: Whether training images are mirrored at random.
        rotations: Whether training images are rotated by random multiples of 90 degrees.
        mixup: Parameter of mixup's beta distribution (Zhang et al. 2018); 0 does not mix.
        label_smoothing: Share of the target that is spread over all classes, in [0, 1).
        balanced: Whether the loss weighs each class by the inverse of its number of training galaxies.
        average: Decay per update of a moving average of the weights, which is evaluated and kept instead of the
            weights; None keeps no average.
        compiled: Whether torch.compile translates the part of the network that learns.
    """

    epochs: int
    batch_size: int
    lr: float
    lr_min: float
    weight_decay: float
    warmup_epochs: int
    clip_norm: float | None
    keep: Keep
    patience: int | None
    flips: bool
    rotations: bool
    mixup: float
    label_smoothing: float
    balanced: bool
    average: float | None
    compiled: bool


def changes_images(spec: TrainingSpec) -> bool:
    """Return whether images differ from epoch to epoch, so that nothing computed from them can be stored."""
    return spec["flips"] or spec["rotations"] or spec["mixup"] > 0
