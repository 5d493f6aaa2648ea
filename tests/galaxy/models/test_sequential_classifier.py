from collections.abc import Sequence

import pytest
import torch
from torch import nn

from galaxy.models.sequential_classifier import SequentialClassifier


class Small(SequentialClassifier):
    network: nn.Sequential

    def reinitialise(self) -> None:
        raise NotImplementedError


@pytest.fixture
def small() -> Small:
    layers: Sequence[nn.Module] = [nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 4, 5)]
    return Small(nn.Sequential(*layers), mean=[0.5] * 3, std=[0.5] * 3)


def test_all_layers_learn(small: Small) -> None:
    assert not small.has_frozen_part
    assert small.learning_tensors().keys() == small.network.state_dict().keys()
    small.freeze()
    assert all(parameter.requires_grad for parameter in small.parameters())
    images = torch.zeros(2, 4, 4, 3, dtype=torch.uint8)
    assert torch.equal(small(images), small.network(small.normalise(images)))


def test_of_a_checkpoint_the_last_layer_alone_is_replaced_and_drawn(small: Small) -> None:
    replaced = {name for name in small.network.state_dict() if small.is_replaced(name)}
    assert replaced == {"2.weight", "2.bias"}
    assert len(small.drawn_layers()) == 3
    small.loaded = True
    assert small.drawn_layers() == [small.network[2]]
