import torch

from galaxy.training.adamw import AdamW


def test_our_adamw_is_torch_s_to_the_bit() -> None:
    found = []
    for kind in (AdamW, torch.optim.AdamW):
        torch.manual_seed(0)
        layer = torch.nn.Linear(5, 3)
        optimizer = kind(layer.parameters(), lr=0.1, betas=(0.8, 0.99), weight_decay=0.2, fused=True)
        for _ in range(5):
            optimizer.zero_grad(set_to_none=True)
            layer(torch.randn(4, 5)).square().sum().backward()
            optimizer.step()
        found.append([layer.weight.detach(), *optimizer.state[layer.weight].values()])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))
