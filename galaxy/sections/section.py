"""The base class of all sections of params.yaml."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section of params.yaml: read-only, no unknown keys, no silent conversions ("5" is not a number)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
