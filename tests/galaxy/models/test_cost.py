"""Parameters and multiply-adds, compared with values computed by hand or published."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from galaxy.models.architecture import build_classifier
from galaxy.models.classifier import Classifier
from galaxy.models.cost import layer_table, model_summary, multiply_adds
from tests.galaxy.models.classifiers import build as build_small
from tests.galaxy.models.classifiers import images


def build(classes: int = 10, size: int = 256, **architecture: object) -> Classifier:
    with torch.device("meta"):  # counting needs no numbers
        return build_classifier(architecture, classes=classes, size=size, mean=(0.5,) * 3, std=(0.5,) * 3)


def parameters(classifier: Classifier) -> int:
    return sum(parameter.numel() for parameter in classifier.network.parameters())


def test_stock_vgg11_has_the_published_figures() -> None:
    classifier = build(kind="vgg", classes=1000, size=224)
    assert parameters(classifier) == 132_863_336
    assert round(multiply_adds(classifier, 224) / 1e9, 3) == 7.609


def test_vgg11_with_32_channels_by_hand() -> None:
    classifier = build(kind="vgg", channels=32)
    convolutions = (3 * 9 * 32 + 32) + 7 * (32 * 9 * 32 + 32)
    head = (32 * 49 * 4096 + 4096) + (4096 * 4096 + 4096) + (4096 * 10 + 10)
    assert parameters(classifier) == convolutions + head == 23_314_538
    by_hand = 256**2 * 27 * 32 + (128**2 + 2 * 64**2 + 2 * 32**2 + 2 * 16**2) * 288 * 32
    assert multiply_adds(classifier, 256) == by_hand + 32 * 49 * 4096 + 4096 * 4096 + 4096 * 10


def test_the_custom_network_by_hand() -> None:
    classifier = build(kind="custom")
    convolutions = (3 * 9 * 32 + 32) + 5 * (32 * 9 * 32 + 32) + 6 * 2 * 32
    assert parameters(classifier) == convolutions + (2048 * 256 + 256) + 2 * 256 + (256 * 10 + 10) == 575_146
    by_hand = 128**2 * 27 * 32 + (64**2 + 2 * 32**2 + 2 * 16**2) * 288 * 32 + 2048 * 256 + 256 * 10
    assert multiply_adds(classifier, 256) == by_hand == 76_024_320


def test_layer_table_of_the_custom_network() -> None:
    table = layer_table(build(kind="custom"), 256)
    kinds = [layer.kind for layer in table]
    unit = ["Conv2d", "ReLU", "BatchNorm2d"]
    blocks = [*unit, "MaxPool2d", *unit, "MaxPool2d", *unit, *unit, "MaxPool2d", *unit, *unit, "MaxPool2d"]
    assert kinds == ["AvgPool2d", *blocks, "Flatten", "Linear", "ReLU", "BatchNorm1d", "Linear"]
    assert table[0].output == (3, 128, 128)
    assert [layer.output for layer in table if layer.kind == "MaxPool2d"] == [(32, s, s) for s in (64, 32, 16, 8)]
    assert sum(layer.parameters for layer in table) == 575_146
    assert [layer.multiply_adds for layer in table if layer.kind == "Linear"] == [2048 * 256, 2560]


def test_layer_table_of_vgg11() -> None:
    table = layer_table(build(kind="vgg", channels=32), 256)
    outputs = [layer.output for layer in table if layer.kind == "Conv2d"]
    assert outputs == [(32, s, s) for s in (256, 128, 64, 64, 32, 32, 16, 16)]
    assert [layer.output for layer in table if layer.kind == "AvgPool2d"] == [(32, 7, 7)]
    assert [layer.output for layer in table if layer.kind == "Linear"] == [(4096,), (4096,), (10,)]


def test_the_summary_in_text() -> None:
    network = build(kind="vgg", channels=32, freeze=8)
    lines = model_summary(network, 256).splitlines()
    assert lines[0].split() == ["layer", "kind", "output", "parameters", "multiply-adds"]
    assert [line.split()[1] for line in lines[1:4]] == ["Conv2d", "ReLU", "MaxPool2d"]
    assert lines[1].split()[2:] == ["32", "x", "256", "x", "256", "896", "56,623,104"]
    frozen = (3 * 9 * 32 + 32) + 7 * (32 * 9 * 32 + 32)
    assert lines[-1].startswith(f"23,314,538 parameters, {frozen:,} of them frozen; {multiply_adds(network, 256):,}")


@pytest.mark.parametrize("name", ["scratch", "shallow", "batch-norm", "custom", "custom-norm-relu"])
def test_layers_do_all_that_torch_counts(name: str) -> None:
    classifier = build_small(name, size=64)
    with FlopCounterMode(display=False) as counter:
        classifier.eval()(images(1, 64))
    assert multiply_adds(classifier, 64) == counter.get_total_flops() // 2


def test_attention_is_counted() -> None:
    with torch.device("meta"):
        classifier = build_classifier(
            {"kind": "timm", "name": "vit_small_patch16_224"},
            classes=10,
            size=224,
            mean=(0.5,) * 3,
            std=(0.5,) * 3,
        )
    tokens, width, blocks = 197, 384, 12
    by_hand = 196 * width * 768 + width * 10 + blocks * tokens * (12 * width**2 + 2 * tokens * width)
    assert multiply_adds(classifier, 224) == by_hand


def test_group_convolutions_count_as_the_convolutions_that_they_compute() -> None:
    classifier = build_small("gcnn", size=64).eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        classifier(images(1, 64))
    assert 2 * multiply_adds(classifier, 64) == counter.get_total_flops()


def test_the_page_of_the_models_shows_what_is_built() -> None:
    vgg: dict[str, Any] = {"kind": "vgg"}
    rows = {
        "vgg11-scratch": {**vgg, "channels": 32, "init": "normal"},
        "vgg11-deep": {**vgg, "freeze": 4, "reinit": 4},
        "vgg11-shallow": {**vgg, "freeze": 8},
        "custom": {"kind": "custom"},
        "gcnn": {"kind": "gcnn"},
    }
    page = (Path(__file__).parents[3] / "docs" / "models.md").read_text()
    shown = dict(re.findall(r"## (\S+)\n.*?```\n(.*?)```", page, flags=re.DOTALL))
    assert shown == {row: model_summary(build(**entry), 256) for row, entry in rows.items()}
