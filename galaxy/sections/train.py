"""The section `train` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from galaxy.recipes.training_spec import TrainingSpec
from galaxy.sections.section import Section


class TrainSection(Section):
    """Section `train`: the settings with which every supervised row is trained; params.yaml explains each."""

    lr: float = Field(gt=0)
    lr_min: float = Field(ge=0)
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    seeds: list[Annotated[int, Field(ge=0, lt=2**31)]] = Field(min_length=1)
    weight_decay: float = Field(ge=0)
    keep: Literal["last", "best-accuracy", "best-loss"]
    warmup_epochs: int = Field(ge=0)
    patience: int | None = Field(ge=1)
    clip_norm: float | None = Field(gt=0)
    flips: bool
    rotations: bool
    mixup: float = Field(ge=0)
    label_smoothing: float = Field(ge=0, lt=1)
    class_weights: Literal["balanced"] | None
    average: float | None = Field(gt=0, lt=1)
    compile: bool

    @model_validator(mode="after")
    def _is_possible(self) -> "TrainSection":
        if self.lr_min > self.lr:
            raise ValueError(f"lr_min is {self.lr_min:g}; it must be at most lr, which is {self.lr:g}")
        if self.warmup_epochs >= self.epochs:
            raise ValueError(
                f"warmup_epochs is {self.warmup_epochs}; it must be less than epochs, which is {self.epochs}"
            )
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds is {self.seeds}; each seed must be given once")
        return self

    def training_spec(self) -> TrainingSpec:
        """Return the settings as keyword arguments of `galaxy.recipes.supervised.train_row`."""
        return TrainingSpec(
            epochs=self.epochs,
            batch_size=self.batch_size,
            lr=self.lr,
            lr_min=self.lr_min,
            weight_decay=self.weight_decay,
            warmup_epochs=self.warmup_epochs,
            clip_norm=self.clip_norm,
            keep=self.keep,
            patience=self.patience,
            flips=self.flips,
            rotations=self.rotations,
            mixup=self.mixup,
            label_smoothing=self.label_smoothing,
            balanced=self.class_weights == "balanced",
            average=self.average,
            compiled=self.compile,
        )
