import pytest
import timm
import torch

from galaxy.errors import InputError
from galaxy.models.timm_tuning import frozen_names, head_name, modules_within

NAME = "test_resnet"


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    found: torch.nn.Module = timm.create_model(NAME, num_classes=4)
    return found


def test_the_head_is_the_last_linear_layer(network: torch.nn.Module) -> None:
    assert head_name(network, NAME) == "fc"
    with pytest.raises(InputError, match="ends in Identity, not in one linear layer; choose another model"):
        head_name(timm.create_model(NAME, num_classes=0), NAME)


def test_of_all_nothing_is_frozen_and_of_the_head_all_else(network: torch.nn.Module) -> None:
    names = {name for name, _ in network.named_parameters()}
    assert frozen_names(network, NAME, "all", "fc") == set()
    assert names - frozen_names(network, NAME, "head", "fc") == {"fc.weight", "fc.bias"}


def test_each_further_group_thaws_parameters_from_the_end(network: torch.nn.Module) -> None:
    names = {name for name, _ in network.named_parameters()}
    frozen = [frozen_names(network, NAME, number, "fc") for number in range(1, 4)]
    assert {"fc.weight", "fc.bias"} <= names - frozen[0]
    assert names > frozen[0] > frozen[1] > frozen[2]
    assert "conv1.0.weight" in frozen[2]
    with pytest.raises(InputError, match=r"tune is 99; it must be between 1 and \d+, the number of groups"):
        frozen_names(network, NAME, 99, "fc")


def test_modules_are_the_outermost_whose_parameters_are_all_named() -> None:
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Sequential(torch.nn.Linear(2, 2)))
    assert modules_within(network, {"0.weight", "2.0.weight", "2.0.bias"}) == [network[2]]
