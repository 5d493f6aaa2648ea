import pytest

from galaxy.report.weights import find_origin, find_source_origin, weight_lines
from tests.galaxy.report.rows import make_clusters, make_row


@pytest.mark.parametrize(
    ("weights", "model", "learnt_from", "overlaps"),
    [
        ("random", "", "nothing", False),
        ("random", "hf_hub:mwalmsley/zoobot-encoder-convnext_nano", "nothing", False),
        ("fractals", "", "fractal images", False),
        ("pretrained", "vit_small_patch16_224.dino", "ImageNet, without labels", False),
        ("pretrained", "hf_hub:mwalmsley/zoobot-encoder-convnext_nano", "Galaxy Zoo", True),
        ("pretrained", "hf_hub:matthieulel/dinov2-small-finetuned-galaxy10-decals", "Galaxy10 DECaLS", True),
        ("checkpoints/AION-base.pth", "", "surveys", True),
        ("checkpoints/champaion.pth", "", "not known", False),
    ],
)
def test_what_weights_have_learnt_from(weights: str, model: str, learnt_from: str, overlaps: bool) -> None:
    origin = find_origin(weights, model)
    assert learnt_from in origin.learnt_from
    assert origin.overlap.startswith("yes") == overlaps


@pytest.mark.parametrize(
    ("weights", "named"),
    [("/home/me/Galaxy10/mine.pth", "galaxy10"), ("models--matthieulel--vit/snapshots/1/model.pt", "matthieulel")],
)
def test_a_folder_s_name_makes_an_overlap_possible_and_no_more(weights: str, named: str) -> None:
    origin = find_origin(weights)
    assert origin.learnt_from == "not known: weights from a file"
    assert origin.overlap == f"possible: a folder of the file is named after {named}"


def test_of_unknown_weights_nothing_is_said_to_be_unseen() -> None:
    assert find_origin("pretrained", "resnet18").overlap.startswith("not known")


def test_every_row_has_a_line() -> None:
    lite = "ImageNet efficientnet_lite0"
    network = make_clusters(source={"fitted_on": 1, "parameters": 5})
    rows = [
        make_row("vgg11-deep"),
        make_row("dino-kmeans", clusters=network),
        make_row("random-init-kmeans", clusters=network),
        make_row("pixels-kmeans", clusters=make_clusters()),
        make_row("dino-best", clusters=make_clusters(source={"fitted_on": 1, "parameters": 5, "weights": lite})),
    ]
    lines = weight_lines(
        rows, {"vgg11-deep": {"weights": "imagenet"}}, backbone="vit_small_patch16_224.dino", dino_weights="pretrained"
    )
    found = {line["row"]: line["learnt_from"] for line in lines}
    assert found == {
        "vgg11-deep": "photographs of ImageNet (arXiv:1409.0575), with labels",
        "dino-kmeans": "photographs of ImageNet, without labels (DINO, arXiv:2104.14294)",
        "random-init-kmeans": "nothing: random weights",
        "pixels-kmeans": "nothing: no network",
        "dino-best": "photographs of ImageNet (arXiv:1409.0575), with labels",
    }


@pytest.mark.parametrize(
    ("source", "learnt_from"),
    [
        ({}, "nothing: no network"),
        ({"weights": "random weights"}, "nothing: random weights"),
        ({"weights": "pretrained vit_small_patch16_224.dino"}, "without labels (DINO"),
        ({"weights": "fractals, learnt from 60,000 pictures"}, "fractal images"),
        ({"weights": "ImageNet efficientnet_lite0"}, "photographs of ImageNet"),
        ({"weights": "checkpoint astroclip.pth"}, "Legacy Surveys"),
        ({"weights": "checkpoint mine.pth", "backbone": "vit_small_patch16_224.dino"}, "not known"),
    ],
)
def test_what_the_weights_behind_features_have_learnt_from(source: dict[str, str], learnt_from: str) -> None:
    assert learnt_from in find_source_origin(source).learnt_from
