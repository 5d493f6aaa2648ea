"""The section `split` of params.yaml."""

from typing import Literal, Self

from pydantic import Field, model_validator

from galaxy.sections.section import Section


class SplitSection(Section):
    """Section `split`: training, validation and test galaxies, and the size of the stored images."""

    size: int = Field(ge=8, le=4096)
    crop: int | None = Field(ge=8, le=4096)
    seed: int = Field(ge=0, lt=2**63)
    validation: float = Field(gt=0, lt=1)
    test: float = Field(gt=0, lt=1)
    group_radius: float = Field(ge=0, le=3600)
    group_images: float | None = Field(ge=0, le=255)
    conflicts: Literal["keep", "drop"]
    manifest: str | None = Field(min_length=1)
    manifest_sha256: str | None = Field(pattern="^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _leave_a_training_set(self) -> Self:
        if self.validation + self.test >= 1:
            raise ValueError(
                f"validation {self.validation} and test {self.test} leave no galaxies for training; their sum must "
                "be below 1"
            )
        return self
