"""The sections of pretraining/params.yaml."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from galaxy.sections.section import Section

Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]

SECTIONS = ("fractals", "rendered", "supervised", "dino", "pack")
"""In the order of the file."""


class FractalsSection(Section):
    """Pictures of iterated function systems."""

    classes: Count
    per_class: Count
    size: int = Field(ge=32)
    seed: Seed


class RenderedSection(Section):
    """Rendered galaxies."""

    count: int = Field(ge=100)
    rendered_size: int = Field(ge=64)
    crop: int = Field(ge=32)
    size: int = Field(ge=32)
    seed: Seed


class _Training(Section):
    pictures: Literal["fractals", "rendered"]
    start: str | None = None
    epochs: Count
    batch_size: int = Field(ge=2)
    lr: Rate
    warmup_epochs: float = Field(ge=0)
    weight_decay: float = Field(ge=0)
    seed: Seed

    @model_validator(mode="after")
    def _warms_up_in_time(self) -> "_Training":
        if self.warmup_epochs >= self.epochs:
            raise ValueError(
                f"warmup_epochs is {self.warmup_epochs:g}; it must be less than epochs, which is {self.epochs}"
            )
        return self


class SupervisedSection(_Training):
    """One supervised pretraining; arguments of `galaxy.recipes.pretrain_supervised`."""

    architecture: dict[str, Any]
    size: int = Field(ge=32)
    classes: int = Field(ge=2)
    held_out: Count
    label_smoothing: Share


class DinoSection(_Training):
    """One pretraining by self-distillation; arguments of `galaxy.recipes.pretrain_dino`."""

    backbone: str
    count: Count
    crops: dict[str, Any]
    prototypes: Count
    hidden: Count
    bottleneck: Count
    weight_decay_end: float = Field(ge=0)
    teacher_momentum: Share
    teacher_temperature: Rate
    student_temperature: Rate
    center_momentum: Share
    number_format: Literal["float32", "bfloat16"] | None


class PackSection(Section):
    """One file of weights in the repository."""

    weights: Literal["fractals", "rendered"]
    network: dict[str, Any]
    fold_batch_norm: bool = False
    learnt_from: str
