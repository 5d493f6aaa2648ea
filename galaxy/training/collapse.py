"""Detects from the metrics of an epoch whether a self-distillation has collapsed."""

import math
from collections.abc import Mapping


def collapse_reason(metrics: Mapping[str, float], *, prototypes: int) -> str | None:
    """Return one line that says how the training has collapsed, or None.

    Self-distillation can collapse in two ways (Caron et al. 2021, section 5.3): to a uniform output for every image,
    which sharpening prevents, or to one prototype for all images, which centring prevents. The thresholds are this
    project's. A training has collapsed when the teacher's entropy differs by less than 1 % from log K, when the entropy
    of its mean output is below 1 % of log K, when the difference of both (the information about the image) is below
    1 % of log K, or when the spread of the student's directions is below 1 %.

    Args:
        metrics: Means over an epoch of the metrics of `DinoStep`.
        prototypes: Number of prototypes, K.
    """
    most = math.log(prototypes)
    if metrics["teacher_entropy"] > 0.99 * most:
        return f"the teacher's outputs are uniform (entropy {metrics['teacher_entropy']:.3f} of {most:.3f} nats)"
    if metrics["marginal_entropy"] < 0.01 * most:
        return f"one prototype takes all images (entropy over a batch {metrics['marginal_entropy']:.3f} nats)"
    if (held := metrics["marginal_entropy"] - metrics["teacher_entropy"]) < 0.01 * most:
        return f"the teacher's outputs hardly differ between images (information {held:.3f} of {most:.3f} nats)"
    if metrics["spread"] < 0.01:
        return f"all images have the same embedding (spread {metrics['spread']:.4f} of 1)"
    return None
