import numpy as np
import pytest
import torch

from galaxy.data.bicubic_crops import cut_boxes, draw_boxes
from tests.galaxy.data.crops import seeded


def test_bicubic_crops_are_torchs_antialiased_resampling() -> None:
    images = torch.rand(3, 3, 40, 40, generator=seeded())
    boxes = torch.tensor([[0.0, 0.0, 40.0, 40.0], [3.0, 10.0, 21.0, 15.0], [30.0, 2.0, 7.0, 9.0]])
    found = cut_boxes(images, boxes, torch.tensor([False, True, False]), size=16)
    for row, (left, top, width, height) in enumerate(boxes.int().tolist()):
        crop = images[row : row + 1, :, top : top + height, left : left + width]
        wanted = torch.nn.functional.interpolate(crop, size=(16, 16), mode="bicubic", antialias=True).clamp(0, 1)
        torch.testing.assert_close(found[row], (wanted.flip(3) if row == 1 else wanted)[0], rtol=0, atol=2e-5)


def test_boxes_have_the_areas_and_aspects_asked_for_and_lie_within_the_image() -> None:
    boxes = draw_boxes(4000, side=64, scale=(0.05, 0.4), aspect=4 / 3, generator=seeded())
    left, top, width, height = boxes.unbind(dim=1)
    assert torch.equal(boxes, boxes.round())
    assert float(left.min()) == float(top.min()) == 0
    assert (left + width).max() == 64
    assert (top + height).max() == 64
    area = width * height / 64**2
    assert 0.045 <= area.min() <= area.max() <= 0.41
    assert area.mean() == pytest.approx(0.225, abs=0.005)
    assert (width / height).log().abs().max() <= np.log(4 / 3) + 0.08  # sides are whole pixels
    # At scale 1 only aspects near 1 fit; where none of ten does, the whole image is taken.
    whole = draw_boxes(500, side=64, scale=(1.0, 1.0), aspect=4 / 3, generator=seeded())
    assert (whole[:, 2] == 64).all()
