import pytest
import torch

from galaxy.training.weight_average import WeightAverage


def tensors() -> dict[str, torch.Tensor]:
    return {"weight": torch.tensor([1.0, 2.0]), "batches": torch.tensor(3)}


def test_each_update_moves_the_average_by_one_minus_the_decay() -> None:
    live = tensors()
    average = WeightAverage(live, decay=0.75)
    live["weight"].copy_(torch.tensor([5.0, 2.0]))
    live["batches"].fill_(4)
    average.update()
    assert average.tensors["weight"].tolist() == [2.0, 2.0]  # 0.75 * 1 + 0.25 * 5
    assert average.tensors["batches"].item() == 4  # a counter is copied
    average.update()
    assert average.tensors["weight"].tolist() == [2.75, 2.0]


def test_the_live_values_return_after_the_block_also_after_an_error() -> None:
    live = tensors()
    average = WeightAverage(live, decay=0.5)
    live["weight"].copy_(torch.tensor([9.0, 9.0]))
    seen: list[float] = []

    def fail() -> None:
        with average.applied():
            seen.extend(live["weight"].tolist())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen == [1.0, 2.0]
    assert live["weight"].tolist() == [9.0, 9.0]


def test_apply_keeps_the_averaged_values() -> None:
    live = tensors()
    average = WeightAverage(live, decay=0.5)
    live["weight"].zero_()
    average.apply()
    assert live["weight"].tolist() == [1.0, 2.0]
