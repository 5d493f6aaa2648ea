"""DINO's loss (Caron et al. 2021, equations 1 to 4): cross-entropy between a centred, sharpened teacher and a student.

B is the number of galaxies, V the number of views, of which the teacher gets the first G (2 in DINO), and K the number
of prototypes. Rows are ordered by view: all galaxies of view 0, then all of view 1, and so on. The loss is that of
`DINOLoss` in https://github.com/facebookresearch/dino.
"""

import torch
from torch import Tensor
from torch.nn import functional


def teacher_targets(logits: Tensor, center: Tensor, *, temperature: float) -> Tensor:
    """Return the teacher's probabilities (G * B, K), without gradient.

    Args:
        logits: (G * B, K) logits of the teacher.
        center: (K,) centre, which is subtracted from the logits.
        temperature: Temperature of the teacher; the reference increases it from 0.04 to 0.07.
    """
    return ((logits.detach().float() - center) / temperature).softmax(dim=-1)


def dino_loss(student: Tensor, targets: Tensor, *, views: int, temperature: float, global_views: int = 2) -> Tensor:
    """Return the (B,) cross-entropy of each galaxy, averaged over its pairs of different views.

    Args:
        student: (V * B, K) logits of the student.
        targets: (G * B, K) probabilities from `teacher_targets`.
        views: Number of views, V.
        temperature: Temperature of the student; the reference has 0.1.
        global_views: Number of views that the teacher gets, G.

    Example:
        Two views of two galaxies, and four prototypes: where all outputs are uniform, the loss is log 4.

        >>> logits = torch.zeros(4, 4)
        >>> targets = teacher_targets(logits, torch.zeros(4), temperature=0.04)
        >>> dino_loss(logits, targets, views=2, temperature=0.1)
        tensor([1.3863, 1.3863])
    """
    log_probability = functional.log_softmax(student.float() / temperature, dim=-1)
    log_probability = log_probability.reshape(views, len(student) // views, student.shape[-1])
    seen = targets.reshape(global_views, len(targets) // global_views, targets.shape[-1])
    # Log-probabilities are summed over the student's views first; then the pairs of equal views are subtracted.
    everything = torch.einsum("gbk,bk->b", seen, log_probability.sum(dim=0))
    same = torch.einsum("gbk,gbk->b", seen, log_probability[:global_views])
    return -(everything - same) / (global_views * (views - 1))


def next_center(center: Tensor, mean: Tensor, *, momentum: float) -> Tensor:
    """Return the (K,) centre: the moving average of the teacher's mean logits.

    Args:
        center: (K,) centre before the update.
        mean: (K,) mean of the teacher's logits over a batch.
        momentum: Weight of the centre before the update; the reference has 0.9.
    """
    return center * momentum + mean * (1 - momentum)
