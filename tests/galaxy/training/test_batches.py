import pytest
import torch

from galaxy.training.batches import batch_sizes, epoch_batches


@pytest.mark.parametrize(
    ("items", "batch", "sizes"),
    [(10, 5, [5, 5]), (12, 5, [5, 5, 2]), (11, 5, [5, 6]), (5, 5, [5]), (6, 5, [6]), (2, 2, [2]), (3, 2, [3])],
)
def test_sizes(items: int, batch: int, sizes: list[int]) -> None:
    assert batch_sizes(items, batch) == sizes
    assert [len(part) for part in epoch_batches(items, batch, seed=0, epoch=0)] == sizes


@pytest.mark.parametrize("batch", [0, 4])
def test_a_batch_must_fit(batch: int) -> None:
    with pytest.raises(ValueError, match="does not fit 3 items"):
        batch_sizes(3, batch)


def test_order_depends_on_seed_and_epoch_and_on_nothing_else() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return torch.cat(list(epoch_batches(50, 8, seed=seed, epoch=epoch))).tolist()

    first = order(3, 1)
    torch.manual_seed(99)
    torch.rand(5)
    assert order(3, 1) == first
    assert order(3, 2) != first
    assert order(4, 1) != first


def test_a_short_last_batch_can_be_left_out() -> None:
    assert batch_sizes(12, 5, drop_last=True) == [5, 5]
    assert batch_sizes(11, 5, drop_last=True) == [5, 5]
    kept = torch.cat(list(epoch_batches(12, 5, seed=0, epoch=0, drop_last=True)))
    every = torch.cat(list(epoch_batches(12, 5, seed=0, epoch=0)))
    assert torch.equal(kept, every[:10])
