"""The sections `train` and `models.<row>` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stages._stage import Section

"""Of the VGGs, by their depth."""


class TrainSection(Section):
    """How every supervised row is trained."""

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
            raise ValueError(f"lr_min {self.lr_min:g} is above lr {self.lr:g}; give at most lr")
        if self.warmup_epochs >= self.epochs:
            raise ValueError(
                f"warmup_epochs is {self.warmup_epochs} and epochs {self.epochs}; warm up for fewer epochs"
            )
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds {self.seeds} has one twice; each training needs its own")
        return self

    def augments(self) -> bool:
        """Whether images change from epoch to epoch, so that nothing computed from them can be kept."""
        return self.flips or self.rotations or self.mixup > 0
