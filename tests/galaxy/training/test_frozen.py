from pathlib import Path

import torch

from tests.galaxy.models.classifiers import build, images

COUNT = 11


def test_an_image_gives_the_same_bits_in_whatever_company(tmp_path: Path) -> None:
    from galaxy.training.frozen import frozen_features

    classifier = build("timm-head")
    pixels = classifier.normalise(images(COUNT))
    whole = frozen_features(classifier, pixels, chunk=4)
    for picked in ([3], [10, 3], [0, 1, 2, 4, 3]):
        part = frozen_features(classifier, pixels[picked], chunk=4)
        assert torch.equal(part, whole[picked])
