"""Draws the order of the items of an epoch and cuts it into batches."""

from collections.abc import Sequence

import torch

from galaxy.training.seeding import make_generator


def batch_sizes(items: int, batch_size: int, *, drop_last: bool = False) -> list[int]:
    """Return the sizes of the batches of an epoch.

    All items are used unless `drop_last` leaves out those that do not fill a batch. A last batch of one item joins the
    one before it, because batch normalisation has no variance of one value.

    Raises:
        ValueError: If there are fewer items than one batch.

    Example:
        >>> batch_sizes(33, 8)
        [8, 8, 8, 9]
        >>> batch_sizes(35, 8, drop_last=True)
        [8, 8, 8, 8]
    """
    if not 1 <= batch_size <= items:
        raise ValueError(f"a batch of {batch_size} does not fit {items} items")
    sizes = [batch_size] * (items // batch_size)
    rest = 0 if drop_last else items % batch_size
    if rest == 1:
        sizes[-1] += 1
    elif rest:
        sizes.append(rest)
    return sizes


def epoch_batches(
    items: int, batch_size: int, *, seed: int, epoch: int, pinned: bool = False, drop_last: bool = False
) -> Sequence[torch.Tensor]:
    """Yield the batches of an epoch: a permutation of all items, which depends only on (seed, epoch), cut into pieces.

    Args:
        items: Number of items.
        batch_size: Items per batch, see `batch_sizes`.
        seed: Seed of the training.
        epoch: Number of the epoch, from 0.
        pinned: Whether the positions are in pinned memory, from which they are copied to a GPU without stopping the
            CPU.
        drop_last: Whether the items that do not fill a batch are left out.

    Returns:
        (b,) int64 positions on the CPU, one tensor per batch.
    """
    order = torch.randperm(items, generator=make_generator(torch.device("cpu"), "order", seed, epoch))
    if pinned:
        order = order.pin_memory()
    sizes = batch_sizes(items, batch_size, drop_last=drop_last)
    return torch.split(order[: sum(sizes)], sizes)
