import pytest

from galaxy.report.weights import find_origin, weight_lines
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


def test_every_row_has_a_line() -> None:
    network = make_clusters(source={"fitted_on": 1, "parameters": 5})
    rows = [
        make_row("vgg11-deep"),
        make_row("dino-kmeans", clusters=network),
        make_row("random-init-kmeans", clusters=network),
        make_row("pixels-kmeans", clusters=make_clusters()),
    ]
    lines = weight_lines(
        rows, {"vgg11-deep": {"weights": "imagenet"}}, backbone="vit_small_patch16_224.dino", dino_weights="pretrained"
    )
    found = {line["row"]: line["learnt_from"] for line in lines}
    assert found == {
        "vgg11-deep": "photographs of ImageNet, with labels",
        "dino-kmeans": "photographs of ImageNet, without labels (DINO)",
        "random-init-kmeans": "nothing: random weights",
        "pixels-kmeans": "nothing: no network",
    }
