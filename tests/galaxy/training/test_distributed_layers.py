import copy

import pytest
import torch
from timm.layers.norm_act import BatchNormAct2d
from torch import nn

from galaxy.errors import InputError
from galaxy.training import distributed_layers
from galaxy.training.distributed import World
from galaxy.training.distributed_layers import join_layers


@pytest.mark.parametrize("kind", ["maps", "vectors", "with activation"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_joined_layer_computes_what_torch_s_does(
    monkeypatch: pytest.MonkeyPatch, kind: str, dtype: torch.dtype
) -> None:
    # A world of one that believes to be of two: sums over the processes are its own.
    monkeypatch.setattr(distributed_layers, "_sum", lambda tensor: tensor)
    torch.manual_seed(0)
    shape = (16, 5) if kind == "vectors" else (16, 5, 9, 9)
    kinds = {"maps": nn.BatchNorm2d, "vectors": nn.BatchNorm1d, "with activation": BatchNormAct2d}
    alone = kinds[kind](5)
    with torch.no_grad():
        alone.weight.uniform_(0.5, 2.0)
        alone.bias.normal_()
    joined = copy.deepcopy(alone)
    join_layers(joined, World(0, 2))
    images = (3.0 + torch.randn(shape)).to(dtype)
    found, expected = joined(images), alone(images)
    assert found.dtype == dtype
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        torch.testing.assert_close(getattr(joined, name), getattr(alone, name), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(joined.eval()(images), alone.eval()(images))


def test_without_momentum_running_statistics_are_means_over_all_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed_layers, "_sum", lambda tensor: tensor)
    alone = nn.BatchNorm1d(3, momentum=None)
    joined = copy.deepcopy(alone)
    join_layers(joined, World(0, 2))
    for values in torch.randn(3, 8, 3, generator=torch.Generator().manual_seed(0)).mul(5):
        torch.testing.assert_close(joined(values), alone(values))
    for name in ("running_mean", "running_var", "num_batches_tracked"):
        torch.testing.assert_close(getattr(joined, name), getattr(alone, name))


def test_a_batch_normalisation_of_another_kind_is_refused() -> None:
    class Scaled(nn.BatchNorm2d):
        pass

    with pytest.raises(InputError, match="Scaled, a kind of batch normalisation, is not supported with several"):
        join_layers(nn.Sequential(Scaled(5)), World(0, 2))
