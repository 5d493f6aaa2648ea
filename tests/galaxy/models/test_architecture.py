import pytest

from galaxy.errors import InputError
from galaxy.models.architecture import build_classifier
from tests.galaxy.models.classifiers import MEAN, STD


def test_unknown_kinds_and_arguments_are_refused() -> None:
    common = {"classes": 3, "size": 64, "mean": MEAN, "std": STD}
    with pytest.raises(InputError, match="unknown kind of model 'resnet'; allowed are vgg, custom, gcnn, timm"):
        build_classifier({"kind": "resnet"}, **common)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="width"):
        build_classifier({"kind": "custom", "width": 3}, **common)  # type: ignore[arg-type]
