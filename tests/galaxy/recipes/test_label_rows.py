from typing import Any

import numpy as np
import pytest
import torch

from galaxy.errors import InputError
from galaxy.recipes.label_rows import build_network, features_of_views, fit_network, random_views
from galaxy.training.batch_source import array_source
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision


def test_the_features_of_a_frozen_part_are_those_of_flipped_and_turned_pictures() -> None:
    images = np.random.default_rng(0).integers(0, 255, (5, 32, 32, 3), dtype=np.uint8)
    device = torch.device("cpu")
    precision = Precision(device)
    network = build_network("vgg-fractals-shallow", images, np.arange(5), classes=3, seed=0)
    features = features_of_views(network, images, precision=precision, chunk=4)
    turned = np.ascontiguousarray(np.rot90(images, axes=(1, 2))[:, :, ::-1])
    np.testing.assert_allclose(
        features[5], features_of_views(network, turned, precision=precision, chunk=4)[0], atol=1e-5
    )
    assert np.abs(features[5] - features[0]).max() > 0.01
    drawn = random_views(features, np.array([3, 1]), device, seed=0)(torch.tensor([1] * 50))
    assert {int(np.abs(features[:, 1] - one).sum((1,)).argmin()) for one in drawn.numpy()} == set(range(8))


def test_features_are_computed_in_the_number_format_in_which_predictions_compute_them() -> None:
    images = np.random.default_rng(0).integers(0, 255, (4, 32, 32, 3), dtype=np.uint8)
    precision = Precision(torch.device("cpu"), torch.bfloat16)
    network = build_network("vgg-fractals-shallow", images, np.arange(4), classes=3, seed=0)
    features = features_of_views(network, images, precision=precision, chunk=4)[0]
    with torch.inference_mode():
        learnt_from = network.learning_part(torch.from_numpy(features))
    source = array_source(images, np.arange(4), precision.device)
    assert torch.equal(predict_logits(network, source, 4, precision=precision, chunk=4), learnt_from)
    in_float32 = predict_logits(network, source, 4, precision=Precision(precision.device), chunk=4)
    assert not torch.equal(in_float32, learnt_from)


def test_a_learning_rate_that_diverges_is_named() -> None:
    images = np.random.default_rng(0).integers(0, 255, (8, 32, 32, 3), dtype=np.uint8)
    shared: dict[str, Any] = {"items": 8, "epochs": 3, "batch_size": 8, "classes": 2, "features": {}}
    with pytest.raises(InputError, match=r"custom-scratch with learning rate 1e\+38: .*; give smaller learning rates"):
        fit_network(
            *("custom-scratch", images, np.arange(8) % 2, np.arange(8), 1e38, 0), **shared, device=torch.device("cpu")
        )
