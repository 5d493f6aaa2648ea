import pytest
import torch
import torchvision

from galaxy.errors import InputError
from galaxy.models.architecture import build_classifier
from galaxy.models.load_weights import load_weights
from galaxy.models.vgg import VGGClassifier
from tests.galaxy.models.classifiers import CLASSES, MEAN, STD, build


@pytest.mark.parametrize("depth", [11, 13, 16, 19])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_stock_networks_have_torchvision_s_tensors(depth: int, batch_norm: bool) -> None:
    reference = {
        (11, False): torchvision.models.vgg11,
        (13, False): torchvision.models.vgg13,
        (16, False): torchvision.models.vgg16,
        (19, False): torchvision.models.vgg19,
        (11, True): torchvision.models.vgg11_bn,
        (13, True): torchvision.models.vgg13_bn,
        (16, True): torchvision.models.vgg16_bn,
        (19, True): torchvision.models.vgg19_bn,
    }[depth, batch_norm]
    with torch.device("meta"):
        ours = build_classifier(
            {"kind": "vgg", "depth": depth, "batch_norm": batch_norm},
            classes=7,
            size=64,
            mean=MEAN,
            std=STD,
        ).network.state_dict()
        theirs = reference(num_classes=7).state_dict()
    assert {name: tensor.shape for name, tensor in ours.items()} == {n: t.shape for n, t in theirs.items()}


def test_same_weights_same_logits_as_torchvision() -> None:
    with torch.device("meta"):
        reference = torchvision.models.vgg11(num_classes=CLASSES).eval()
    torch.manual_seed(0)
    ours = VGGClassifier(classes=CLASSES, size=64, mean=MEAN, std=STD, channels=4, head=(16,)).eval()
    pixels = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    # torchvision's class on our layers: only the pooling is replaced, and must be the one it had.
    reference.features, reference.classifier = ours.network.features, ours.network.classifier
    with torch.no_grad():
        torch.testing.assert_close(ours.network(pixels), reference(pixels), rtol=1e-5, atol=1e-6)


def test_normal_initialisation_has_the_report_s_variance() -> None:
    torch.manual_seed(0)
    network = VGGClassifier(
        classes=10, size=64, mean=MEAN, std=STD, channels=32, grid=2, head=(64,), init="normal"
    ).network
    for name, tensor in network.state_dict().items():
        if name.endswith("bias"):
            assert bool((tensor == 0).all())
        else:
            error = 4 * (2 / tensor.numel()) ** 0.5  # four standard errors of a variance's relative deviation
            assert float(tensor.var()) == pytest.approx(1e-2, rel=error)
            assert abs(float(tensor.mean())) < 4 * 0.1 / tensor.numel() ** 0.5


@pytest.mark.parametrize(("freeze", "frozen"), [(0, 0), (1, 3), (2, 6), (3, 8), (4, 11), (7, 18), (8, 21)])
def test_freezing_counts_convolutions_and_takes_what_follows_them(freeze: int, frozen: int) -> None:
    classifier = build("scratch", freeze=freeze)
    assert len(classifier.frozen_modules()) == frozen
    assert sum(name.endswith("weight") for name in classifier.frozen_tensors()) == freeze


def test_what_a_checkpoint_does_not_give_is_said() -> None:
    classifier = build("partly")  # two convolutions frozen, three drawn anew, three tuned
    replaced = [name for name in classifier.network.state_dict() if classifier.is_replaced(name)]
    assert replaced[:6:2] == ["features.13.weight", "features.16.weight", "features.18.weight"]
    assert {name.split(".")[0] for name in replaced[6:]} == {"classifier"}
    assert classifier.is_replaced("classifier.6.weight")
    classifier.loaded = True
    before = {name: tensor.detach().clone() for name, tensor in classifier.network.state_dict().items()}
    classifier.reinitialise()
    changed = {
        name for name, tensor in classifier.network.state_dict().items() if not torch.equal(tensor, before[name])
    }
    assert changed == {name for name in replaced if name.endswith("weight")}


def test_a_checkpoint_of_a_network_whose_layers_have_names_is_refused() -> None:
    ours = VGGClassifier(classes=CLASSES, size=64, mean=MEAN, std=STD, channels=4, head=(16,))
    tensors = {**ours.network.state_dict(), "features.conv0.weight": torch.zeros(64, 3, 7, 7)}
    with pytest.raises(InputError, match=r"do not fit the network: features\.conv0\.weight is foreign"):
        load_weights(ours.network, tensors, is_replaced=ours.is_replaced, source="densenet121.pth")


def test_too_small_images_and_too_many_frozen_layers_are_refused() -> None:
    with pytest.raises(InputError, match=r"cannot take images of 31 px; give images of 32 px or more"):
        build("scratch", size=31)
    with pytest.raises(InputError, match="freeze 5 and reinit 4 name more than the 8 convolutions"):
        build("scratch", freeze=5, reinit=4)


@pytest.mark.parametrize("size", [32, 48, 64, 100])
def test_any_size_above_works(size: int) -> None:
    classifier = build("scratch", size=size, grid=7)
    assert classifier(torch.zeros(2, size, size, 3, dtype=torch.uint8)).shape == (2, CLASSES)
