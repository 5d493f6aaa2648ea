"""Folding changes the names of layers but not what they compute."""

import pytest
import torch

from galaxy.models.fold_batch_norm import fold_batch_norm
from galaxy.models.vgg import VGGClassifier


def _network(*, batch_norm: bool) -> VGGClassifier:
    return VGGClassifier(
        classes=3,
        size=32,
        mean=[0.5] * 3,
        std=[0.2] * 3,
        channels=8,
        batch_norm=batch_norm,
        grid=1,
        head=[],
        dropout=0.0,
    )


def _features(network: VGGClassifier) -> dict[str, torch.Tensor]:
    return {name: t.detach() for name, t in network.network.state_dict().items() if name.startswith("features.")}


def test_folded_weights_compute_the_same_features() -> None:
    torch.manual_seed(0)
    trained, plain = _network(batch_norm=True), _network(batch_norm=False)
    images = torch.randint(0, 256, (16, 32, 32, 3), dtype=torch.uint8)
    for parameter in trained.network.features.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    for _ in range(5):  # running statistics
        trained.train()(images)
    trained.eval()
    missing, unexpected = plain.network.load_state_dict(fold_batch_norm(_features(trained)), strict=False)
    assert not unexpected
    assert all(name.startswith("classifier.") for name in missing)
    pixels = plain.normalise(images)
    torch.testing.assert_close(plain.network.features(pixels), trained.network.features(pixels), atol=1e-5, rtol=1e-4)


def test_a_network_without_batch_normalisation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"features\.0 is not followed by a batch normalisation"):
        fold_batch_norm(_features(_network(batch_norm=False)))
