"""The section `dino_finetune` of params.yaml."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from galaxy.sections.section import Section

Share = Annotated[float, Field(gt=0, le=1)]

SCHEDULES = (
    "lr",
    "lr_min",
    "warmup_epochs",
    "weight_decay",
    "weight_decay_end",
    "teacher_momentum",
    "teacher_temperature",
    "teacher_temperature_start",
    "teacher_warmup_epochs",
)
"""Settings that change over the training, arguments of `galaxy.recipes.dino_curves.dino_schedules`."""


class LoraSection(Section):
    """Section `dino_finetune.lora`: the layers that get low-rank adapters, and the size of the adapters."""

    targets: tuple[Literal["q", "k", "v", "proj", "fc1", "fc2"], ...] = Field(min_length=1)
    rank: int = Field(ge=1, le=8192)
    alpha: float = Field(gt=0)
    also: tuple[Annotated[str, Field(min_length=1)], ...]


class HeadSection(Section):
    """Section `dino_finetune.head`: the projection head."""

    prototypes: int = Field(ge=2, le=1_048_576)
    hidden: int = Field(ge=1, le=65_536)
    bottleneck: int = Field(ge=1, le=65_536)
    norm_last_layer: bool
    freeze_last_layer: int = Field(ge=0)
    decay_last_layer: bool
    learns: bool


class CropsSection(Section):
    """Section `dino_finetune.crops`: the views of each image."""

    augmentation: Literal["galaxy", "reference"]
    global_size: int = Field(ge=8, le=1024)
    global_scale: tuple[Share, Share]
    local_count: int = Field(ge=0, le=64)
    local_size: int = Field(ge=8, le=1024)
    local_scale: tuple[Share, Share]
    sampling: Literal["averaged", "torchvision"]
    jitter_order: Literal["fixed", "random"]

    @model_validator(mode="after")
    def _fit_together(self) -> "CropsSection":
        for name in ("global_scale", "local_scale"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} is [{low:g}, {high:g}]; give the smaller share first")
        if self.sampling == "torchvision" and self.augmentation != "reference":
            raise ValueError(
                f"sampling torchvision goes with augmentation reference, and augmentation is {self.augmentation}; "
                "take sampling averaged, or augmentation reference"
            )
        return self


class FinetuneSection(Section):
    """Section `dino_finetune`: fine-tuning of DINO."""

    images: int | None = Field(ge=2)
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    seed: int = Field(ge=0, lt=2**31)
    lr: float = Field(gt=0)
    lr_min: float = Field(ge=0)
    warmup_epochs: int = Field(ge=0)
    weight_decay: float = Field(ge=0)
    weight_decay_end: float = Field(ge=0)
    clip_norm: float | None = Field(gt=0)
    clip_per_tensor: bool
    drop_last: bool
    drop_path: float = Field(ge=0, lt=1)
    student_temperature: float = Field(gt=0)
    teacher_temperature: float = Field(gt=0)
    teacher_temperature_start: float = Field(gt=0)
    teacher_warmup_epochs: int = Field(ge=0)
    teacher_momentum: float = Field(ge=0, le=1)
    center_momentum: float = Field(ge=0, lt=1)
    keep: Literal["teacher", "student"]
    lora: LoraSection
    head: HeadSection
    crops: CropsSection

    @model_validator(mode="after")
    def _is_possible(self) -> "FinetuneSection":
        if self.lr_min > self.lr:
            raise ValueError(f"lr_min is {self.lr_min:g}; it must be at most lr, which is {self.lr:g}")
        if self.teacher_warmup_epochs > self.epochs:
            raise ValueError(
                f"teacher_warmup_epochs is {self.teacher_warmup_epochs}; it must be at most epochs, which is "
                f"{self.epochs}"
            )
        if self.warmup_epochs >= self.epochs:
            raise ValueError(
                f"warmup_epochs is {self.warmup_epochs}; it must be less than epochs, which is {self.epochs}"
            )
        if self.head.learns and self.head.freeze_last_layer >= self.epochs:
            raise ValueError(
                f"head.freeze_last_layer is {self.head.freeze_last_layer}; it must be less than epochs, which is "
                f"{self.epochs}, because the last layer would never be trained; freeze it for fewer epochs, or give "
                "head.learns: false"
            )
        if self.images is not None and self.images < self.batch_size:
            raise ValueError(f"images is {self.images}; it must be at least batch_size, which is {self.batch_size}")
        return self

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `galaxy.recipes.dino_lora.finetune_lora` that this section sets."""
        head = self.head.model_dump()
        scheduled = self.model_dump(include=set(SCHEDULES))
        direct = self.model_dump(exclude={"images", "lora", "head", "crops", *SCHEDULES})
        return direct | {
            "schedules": scheduled,
            "freeze_last_layer": head.pop("freeze_last_layer"),
            "decay_last_layer": head.pop("decay_last_layer"),
            "head_learns": head.pop("learns"),
            "head": head,
            "lora": self.lora.model_dump(),
            "crops": self.crops.model_dump(),
        }
