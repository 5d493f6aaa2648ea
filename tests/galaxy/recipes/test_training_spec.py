from typing import Any

import pytest

from galaxy.recipes.training_spec import TrainingSpec, changes_images

PLAIN: dict[str, Any] = dict.fromkeys(TrainingSpec.__annotations__, 0) | {"flips": False, "rotations": False}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"label_smoothing": 0.1, "average": 0.99, "balanced": True}, False),
        ({"flips": True}, True),
        ({"rotations": True}, True),
        ({"mixup": 0.2}, True),
    ],
)
def test_only_augmentation_changes_images(changes: dict[str, Any], expected: bool) -> None:
    spec: Any = PLAIN | changes
    assert changes_images(spec) is expected
