import pytest
import torch

from galaxy.errors import InputError
from galaxy.models.load_weights import load_weights
from tests.galaxy.models.classifiers import build


def stock(**changes: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """Return a checkpoint for the small VGGs with a head for another number of classes."""
    torch.manual_seed(3)
    tensors: dict[str, torch.Tensor | None] = {
        name: torch.randn_like(tensor)
        for name, tensor in build("scratch").network.state_dict().items()
        if not name.startswith("classifier.3")
    }
    tensors["classifier.6.weight"] = torch.randn(1000, 16)
    return {name: tensor for name, tensor in {**tensors, **changes}.items() if tensor is not None}


@pytest.mark.parametrize("name", ["deep", "partly", "shallow"])
def test_every_tensor_is_used_or_replaced(name: str) -> None:
    classifier, tensors = build(name), stock()
    load_weights(classifier.network, tensors, is_replaced=classifier.is_replaced, source="x")
    for path, tensor in classifier.network.state_dict().items():
        if not classifier.is_replaced(path):
            assert torch.equal(tensor, tensors[path])
    assert all(path in classifier.network.state_dict() or classifier.is_replaced(path) for path in tensors)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"features.0.weight": None},
            r"x do not fit the network: features\.0\.weight is missing; give those",
        ),
        ({"extra": torch.zeros(1)}, "extra is foreign; give"),
        ({"features.3.bias": torch.zeros(9)}, r"features\.3\.bias is \(9,\), not \(8,\); give"),
        ({f"features.{i}.bias": None for i in (0, 3, 6, 8, 11)}, "; and 2 more; give those of such a network$"),
    ],
)
def test_differences_stop_the_run_and_nothing_is_loaded(changes: dict[str, torch.Tensor | None], message: str) -> None:
    classifier = build("shallow")
    before = {name: tensor.clone() for name, tensor in classifier.network.state_dict().items()}
    with pytest.raises(InputError, match=message):
        load_weights(classifier.network, stock(**changes), is_replaced=classifier.is_replaced, source="x")
    assert all(torch.equal(tensor, before[name]) for name, tensor in classifier.network.state_dict().items())


def test_other_prefixes_are_named() -> None:
    classifier = build("shallow")
    tensors = {f"mine.{name}": tensor for name, tensor in stock().items()} | {"loss.weight": torch.ones(1)}
    with pytest.raises(InputError, match=r"x do not fit .*begin with mine\. \(\d+ times\), loss\. \(1 times\); the"):
        load_weights(classifier.network, tensors, is_replaced=classifier.is_replaced, source="x")
