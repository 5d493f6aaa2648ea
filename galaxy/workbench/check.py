"""The whole of params.yaml at once, so that a misspelt key in a late section does not wait for the early stages."""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from galaxy.errors import InputError
from stages._stage import SECTIONS, read_params, read_section

GALAXY10_SIZE = 256
"""Pixels on a side of Galaxy10 DECaLS."""


def check_params(path: Path) -> None:
    """Validate every section as its stage does, then what one section asks of another.

    Raises:
        InputError: for the first section that is wrong or missing.
    """
    content = read_params(path)
    kinds = section_kinds()
    sections = {key: read_section(path, key, kinds[key]) for key in SECTIONS}
    entries: Any = content["models"]
    if not entries:
        raise InputError(f"{path}: models is empty; give at least one row")
    for row in entries:
        # Rows become names of stages and files.
        if not isinstance(row, str) or not row.replace("-", "").replace("_", "").isalnum():
            raise InputError(f"{path}: models has {row!r}; a row is named by letters, digits, - and _")
        if row in {"audit", "dino-lora"} or row.endswith("-kmeans"):
            raise InputError(f"{path}: models has {row!r}, a name that the pipeline uses itself; choose another")
    for problem in (size_problem(sections), model_problem(sections)):
        if problem:
            raise InputError(f"{path}: {problem}")


def size_problem(sections: dict[str, Any]) -> str | None:
    """What is wrong with the sizes of images from stage to stage, or None; a file's own size shows when it is read."""
    download, split, embed = sections["download"], sections["split"], sections["embed"]
    known = {"rendered": download.rendered.size, "galaxy10": GALAXY10_SIZE}
    source = known.get(download.source)
    if split.crop is not None and source is not None and split.crop > source:
        return f"split.crop is {split.crop}; the images have {source} px: give at most {source}, or null"
    cropped = split.crop or source
    if cropped is not None and split.size > cropped:
        return f"split.size is {split.size}; what is resampled has {cropped} px: give at most {cropped}"
    if embed.crop is not None and embed.crop > split.size:
        return f"embed.crop is {embed.crop}; stored images have split.size, {split.size} px: give at most that, or null"
    return None


def model_problem(sections: dict[str, Any]) -> str | None:
    """The first row whose network cannot take the images, or None.

    Raises:
        InputError: for a name that timm does not know.
    """
    size = sections["split"].size
    for row, entry in sections["models"].items():
        smallest = entry.smallest_size()
        if size < smallest:
            return f"models.{row} cannot take images of {size} px: give split.size {smallest} or more"
        if entry.kind == "timm":
            from galaxy.models.timm_create import known_name  # takes seconds, so only for those who have such a row

            known_name(entry.name)
    return None


def section_kinds() -> dict[str, TypeAdapter[Any] | Any]:
    """What each section is validated as."""
    from stages.sections.dino import DinoSection
    from stages.sections.dino_finetune import FinetuneSection
    from stages.sections.download import DownloadSection
    from stages.sections.embed import EmbedSection
    from stages.sections.embed_pixels import PixelsSection
    from stages.sections.evaluate import EvaluateSection
    from stages.sections.evaluate_clusters import BoundsSection
    from stages.sections.kmeans import KmeansSection
    from stages.sections.models import ModelEntry
    from stages.sections.pca import PcaSection
    from stages.sections.report import ReportSection
    from stages.sections.split import SplitSection
    from stages.sections.train import TrainSection

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
