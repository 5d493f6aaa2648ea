"""DINO's loss (Caron et al. 2021, equations 1 to 4): cross-entropy between a centred, sharpened teacher and a student.

Letters: B galaxies, V views of which the teacher sees the first G (2 in DINO), K prototypes. Rows are view by view: all
galaxies of view 0, then those of view 1. Agrees with https://github.com/facebookresearch/dino, `DINOLoss`.
"""

import torch
from torch import Tensor
from torch.nn import functional


def teacher_targets(logits: Tensor, center: Tensor, *, temperature: float) -> Tensor:
    """The teacher's probabilities (G * B, K), without gradient."""
    return ((logits.detach().float() - center) / temperature).softmax(dim=-1)


def dino_loss(student: Tensor, targets: Tensor, *, views: int, temperature: float, global_views: int = 2) -> Tensor:
    """Cross-entropy of each galaxy (B,), averaged over its pairs of different views.

    Args:
        student: (V * B, K) logits.
        targets: (G * B, K) probabilities from `teacher_targets`.
        views: V.
        temperature: Of the student; the reference has 0.1.
        global_views: G.
    """
    log_probability = functional.log_softmax(student.float() / temperature, dim=-1)
    log_probability = log_probability.reshape(views, len(student) // views, student.shape[-1])
    seen = targets.reshape(global_views, len(targets) // global_views, targets.shape[-1])
    # Every pair needs the same log-probabilities: sum over the student's views first, then take off the equal pairs.
    everything = torch.einsum("gbk,bk->b", seen, log_probability.sum(dim=0))
    same = torch.einsum("gbk,gbk->b", seen, log_probability[:global_views])
    return -(everything - same) / (global_views * (views - 1))


def next_center(center: Tensor, mean: Tensor, *, momentum: float) -> Tensor:
    """The moving average (K,) of the teacher's mean logits."""
    return center * momentum + mean * (1 - momentum)
