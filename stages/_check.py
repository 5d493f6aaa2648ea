"""The whole of params.yaml at once, so that a misspelt key in a late section does not wait for the early stages."""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from galaxy.errors import InputError
from stages._stage import SECTIONS, read_params, read_section


def check_params(path: Path) -> None:
    """Validate every section as its stage does.

    Raises:
        InputError: for the first section that is wrong or missing.
    """
    content = read_params(path)
    kinds = section_kinds()
    for key in SECTIONS:
        read_section(path, key, kinds[key])
    entries: Any = content["models"]
    if not entries:
        raise InputError(f"{path}: models is empty; give at least one row")
    for row in entries:
        # Rows become names of stages and files.
        if not isinstance(row, str) or not row.replace("-", "").replace("_", "").isalnum():
            raise InputError(f"{path}: models has {row!r}; a row is named by letters, digits, - and _")
        if row in {"audit", "dino-lora"} or row.endswith("-kmeans"):
            raise InputError(f"{path}: models has {row!r}, a name that the pipeline uses itself; choose another")


def section_kinds() -> dict[str, TypeAdapter[Any] | Any]:
    """What each section is validated as."""
    from stages.dino_finetune_section import FinetuneSection
    from stages.dino_section import DinoSection
    from stages.download import DownloadSection
    from stages.embed import EmbedSection
    from stages.embed_pixels import PixelsSection
    from stages.evaluate_section import BoundsSection, EvaluateSection
    from stages.kmeans_hungarian import KmeansSection
    from stages.pca import PcaSection
    from stages.report import ReportSection
    from stages.split import SplitSection
    from stages.train_section import ModelEntry, TrainSection

    return {
        "download": DownloadSection,
        "split": SplitSection,
        "models": dict[str, ModelEntry],
        "train": TrainSection,
        "dino": DinoSection,
        "dino_finetune": FinetuneSection,
        "embed": EmbedSection,
        "embed_pixels": PixelsSection,
        "pca": PcaSection,
        "kmeans": KmeansSection,
        "evaluate": EvaluateSection,
        "evaluate_clusters": BoundsSection,
        "report": ReportSection,
    }
