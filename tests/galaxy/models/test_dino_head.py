import pytest
import torch

from galaxy.models.dino_head import DinoHead


def make(*, norm_last_layer: bool = True, seed: int = 0) -> DinoHead:
    return DinoHead(12, prototypes=7, hidden=16, bottleneck=5, norm_last_layer=norm_last_layer, seed=seed)


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    return torch.randn(9, 12, generator=torch.Generator().manual_seed(3))


def test_logits_are_cosines(x: torch.Tensor) -> None:
    head = make()
    inner = torch.nn.functional.normalize(head.mlp(x), dim=-1)
    rows = torch.nn.functional.normalize(head.directions, dim=-1)
    torch.testing.assert_close(head(x), inner @ rows.T)
    assert head(x).abs().max() <= 1 + 1e-6


def test_stretching_the_last_layers_rows_changes_nothing(x: torch.Tensor) -> None:
    head = make()
    before = head(x)
    with torch.no_grad():
        head.directions.mul_(torch.arange(1.0, 8.0).view(-1, 1))
    torch.testing.assert_close(head(x), before)


def test_norms_learn_only_when_asked(x: torch.Tensor) -> None:
    assert not make().norms.requires_grad
    free = make(norm_last_layer=False)
    free(x).square().sum().backward()
    assert free.norms.grad is not None
    assert free.norms.grad.abs().sum() > 0


def test_logits_are_exact_under_automatic_casting(x: torch.Tensor) -> None:
    head = make()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = head(x)
        inner = torch.nn.functional.normalize(head.mlp(x).float(), dim=-1)
    assert found.dtype == torch.float32
    rows = torch.nn.functional.normalize(head.directions, dim=-1)
    torch.testing.assert_close(found, inner @ rows.T, rtol=0, atol=1e-6)


def test_the_seed_alone_decides_the_weights(x: torch.Tensor) -> None:
    torch.manual_seed(11)
    assert torch.equal(make(seed=4)(x), make(seed=4)(x))
    assert not torch.equal(make(seed=4)(x), make(seed=5)(x))
