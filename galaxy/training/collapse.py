"""Whether a self-distillation has collapsed, from what an epoch recorded."""

import math
from collections.abc import Mapping


def collapse_reason(metrics: Mapping[str, float], *, prototypes: int) -> str | None:
    """One line that says how the training has collapsed, or None.

    The two ways out of self-distillation (Caron et al. 2021, section 5.3): the same uniform answer for every image,
    which sharpening prevents, and one prototype for every image, which centring prevents. The bounds are ours:
    outputs within 1 % of the uniform entropy, less than 1 % of it over a batch, less than 1 % of it told about the
    image (marginal minus mean entropy), or less than 1 % of the directions' spread.

    Args:
        metrics: An epoch's means of `DinoStep`'s metrics.
        prototypes: K.
    """
    most = math.log(prototypes)
    if metrics["teacher_entropy"] > 0.99 * most:
        return f"the teacher's outputs are uniform (entropy {metrics['teacher_entropy']:.3f} of {most:.3f} nats)"
    if metrics["marginal_entropy"] < 0.01 * most:
        return f"one prototype takes all images (entropy over a batch {metrics['marginal_entropy']:.3f} nats)"
    if (told := metrics["marginal_entropy"] - metrics["teacher_entropy"]) < 0.01 * most:
        return f"the teacher answers alike to all images (its outputs tell {told:.3f} of {most:.3f} nats about them)"
    if metrics["spread"] < 0.01:
        return f"all images have the same embedding (spread {metrics['spread']:.4f} of 1)"
    return None
