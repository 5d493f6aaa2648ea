import pytest
import torch

from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision
from tests.galaxy.models.classifiers import build, images

CPU = torch.device("cpu")


@pytest.mark.parametrize("chunk", [2, 6])
def test_logits_are_float32_whatever_training_computes_in(chunk: int) -> None:
    network = build("custom")
    found = [
        predict_logits(network, lambda at: images()[at], 6, precision=Precision(CPU, dtype), chunk=chunk)
        for dtype in (torch.float32, torch.bfloat16)
    ]
    assert found[0].dtype == torch.float32
    assert torch.equal(found[0], found[1])
    with torch.no_grad():
        torch.testing.assert_close(found[0], network.eval()(images()[:6]), rtol=1e-4, atol=1e-5)


def test_frozen_features_are_those_of_training() -> None:
    network, precision = build("shallow"), Precision(CPU, torch.bfloat16)
    found = predict_logits(network, lambda at: images()[at], 4, precision=precision, chunk=4)
    with torch.no_grad():
        with precision.casting():
            features = network.frozen_part(network.normalise(images()[:4]))
        assert torch.equal(found, network.learning_part(features.float()))
