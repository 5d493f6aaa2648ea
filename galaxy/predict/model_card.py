"""The model card of an exported row, in the format of the Hugging Face hub."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.counted import counted
from galaxy.errors import InputError
from galaxy.models.saved_network import Description
from galaxy.predict.training_data import TrainingData

_FIGURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "roc_auc": "ROC AUC",
    "log_loss": "log loss",
    "brier": "Brier score",
    "ece": "expected calibration error",
}

_CARD = """---
license: mit
library_name: pytorch
pipeline_tag: image-classification
tags: [astronomy, galaxy-morphology]
---

# {row}: galaxy morphology in {count} classes

A network of kind `{kind}` with {parameters:,} parameters, of which {trained:,} were trained. It started from these
weights: {weights}.

## Use

```python
from galaxy import load

classify = load("path/of/this/folder")
print(classify("galaxy.png").predicted)
```

Images are red, green and blue of 8 bits{scale} with the galaxy in the middle; {crop} averaged down to
{size} x {size} pixels.
{agreement}

## Data

Trained on {data}. SHA-256 of the split manifest: `{manifest}`.

Classes: {classes}.

## Figures on the test galaxies

{figures}

## Intended use and limits

For research on galaxy morphology in images like those of the training. Probabilities are as well calibrated as the
figures above say, and mean little for other instruments, redshifts, pixel scales or objects; the column `unlike` of
`galaxy predict` and its sets of classes tell where to doubt.

## Licence and citation

Code and weights: MIT. Where their data were used, cite Galaxy10 DECaLS (H. Leung and J. Bovy,
https://doi.org/10.5281/zenodo.10845026, CC BY 4.0), Galaxy Zoo (Lintott et al. 2008,
https://doi.org/10.1111/j.1365-2966.2008.13689.x; Lintott et al. 2011,
https://doi.org/10.1111/j.1365-2966.2010.17432.x; Walmsley et al. 2022, arXiv:2102.08414) and the DESI Legacy Imaging
Surveys (Dey et al. 2019, https://doi.org/10.3847/1538-3881/ab089d) with the acknowledgement that stands at
https://www.legacysurvey.org/acknowledgment/.
"""


def read_evaluation(path: Path, description: Description) -> Mapping[str, Any] | None:
    """Read the evaluation of a row; None if it is not there or belongs to another split.

    Raises:
        InputError: If the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found if found["manifest"] == description.manifest and found["metrics"] else None
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path} cannot be read ({error}); run dvc repro") from None


def model_card(
    description: Description,
    data: TrainingData,
    evaluation: Mapping[str, Any] | None,
    differences: Mapping[str, float],
) -> str:
    """Write the card in Markdown, with a header in YAML.

    Args:
        description: Description of the row.
        data: The galaxies that the row was trained on.
        evaluation: Figures on the test galaxies; None where there are none.
        differences: Largest difference of a probability for each exported graph.

    Returns:
        The text of README.md.
    """
    row, size = description.row, description.size
    crop = f"the central {description.crop} pixels" if description.crop else "the whole image"
    scale = f", at {data.pixel_scale:.3f} arcsec per pixel," if data.pixel_scale > 0 else ""
    agreement = [f"`{name}` agrees with the network within {value:.1g}." for name, value in differences.items()]
    return _CARD.format(
        row=row,
        size=size,
        count=len(description.classes),
        kind=description.architecture.get("kind"),
        parameters=description.parameters,
        trained=description.trainable_parameters,
        weights=description.weights,
        scale=scale,
        crop=crop,
        agreement="\n".join(agreement),
        data=data.name,
        manifest=description.manifest,
        classes=", ".join(description.classes),
        figures="\n".join(_figures(evaluation)),
    )


def _figures(evaluation: Mapping[str, Any] | None) -> list[str]:
    if evaluation is None:
        return ["Not evaluated here."]
    intervals = evaluation.get("intervals") or {}
    lines = ["| figure | value | 95 % interval |", "| --- | --- | --- |"]
    for key, words in _FIGURES.items():
        value = evaluation["metrics"].get(key)
        if value is not None:  # null where a metric is undefined
            low_high = intervals.get(key)
            interval = f"{low_high[0]:.3f} to {low_high[1]:.3f}" if low_high else ""
            lines.append(f"| {words} | {value:.3f} | {interval} |")
    seeds = evaluation.get("seeds", [])
    return [*lines, "", f"Means over {counted(len(seeds), 'training')}."]
