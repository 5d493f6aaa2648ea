import pytest
import torch

from galaxy.errors import InputError
from tests.galaxy.models.classifiers import build


def test_the_last_groups_learn() -> None:
    learning = build("timm-two").learning_tensors()
    assert {name.split(".")[0] for name in learning} == {"layer4", "fc"}
    assert {name.split(".")[0] for name in build("timm-head").learning_tensors()} == {"fc"}
    assert not build("timm-all").frozen_tensors()


def test_position_embeddings_freeze_with_the_rest() -> None:
    classifier = build("timm-vit")
    assert not classifier.network.get_parameter("pos_embed").requires_grad
    assert set(classifier.learning_tensors()) == {"head.weight", "head.bias"}


def test_only_a_frozen_body_is_worth_keeping() -> None:
    assert build("timm-head").has_frozen_part
    assert build("timm-all", tune=1).has_frozen_part  # the last group is the head
    assert not build("timm-two").has_frozen_part


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "resnet10"}, "timm has no model 'resnet10'; similar names: resnet10t"),
        ({"name": "resnet10t.foo"}, "timm has no weights 'foo' of resnet10t; allowed are c3_in1k"),
        ({"tune": 9}, "tune is 9; it must be between 1 and 6, the number of groups of layers in timm's resnet10t"),
        ({"name": "vit_tiny_patch16_224", "size": 40}, r"cannot take images of 40 px \(its patches have 16 px"),
        ({"name": "inception_v3", "size": 40}, r"cannot take images of 40 px .* give images of that size"),
    ],
)
def test_impossible_models_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build("timm-all", **changes)  # type: ignore[arg-type]


def test_weights_of_another_image_size_are_converted() -> None:
    given = build("timm-vit", size=64).network.state_dict()
    classifier = build("timm-vit", size=96)
    found = classifier.converted(given)
    assert found["pos_embed"].shape == (1, 1 + 36, 192)
    assert torch.equal(found["pos_embed"][:, :1], given["pos_embed"][:, :1])
    assert {name: tensor.shape for name, tensor in found.items()} == {
        name: tensor.shape for name, tensor in classifier.network.state_dict().items()
    }
    same = build("timm-vit", size=64).converted(given)
    assert all(torch.equal(tensor, given[name]) for name, tensor in same.items())
    with pytest.raises(InputError, match="cannot be converted for timm's vit_tiny_patch16_224"):
        classifier.converted({"pos_embed": torch.zeros(3)})
