import colorsys
import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from galaxy.data.bicubic_crops import cut_boxes, draw_boxes
from galaxy.data.crop_geometry import CropRange, cut_crops, draw_crops
from galaxy.data.crop_recipes import RECIPES
from galaxy.data.multicrop import MultiCrop
from galaxy.data.photometric import blur, grey, jitter, relight, solarise
from galaxy.errors import InputError
from galaxy.training.distributed import World


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def wanted(**changes: object) -> CropRange:
    values: dict[str, object] = {
        "size": 16,
        "scale": (1.0, 1.0),
        "aspect": 1.0,
        "rotate": False,
        "flip": False,
        "max_offset": None,
    }
    return CropRange(**{**values, **changes})  # type: ignore[arg-type]


def everything(batch: Tensor) -> Tensor:
    return batch


def test_a_crop_of_everything_is_the_image() -> None:
    images = torch.rand(3, 3, 16, 16, generator=seeded())
    torch.testing.assert_close(cut_crops(images, draw_crops(3, wanted(), seeded()), wanted()), images)


def test_shrinking_averages_all_the_light() -> None:
    images = torch.rand(2, 3, 64, 64, generator=seeded())
    small = wanted(size=16)
    expected = torch.nn.functional.avg_pool2d(images, 4)
    torch.testing.assert_close(cut_crops(images, draw_crops(2, small, seeded()), small), expected)


def test_areas_and_aspects_are_those_asked_for() -> None:
    maps = draw_crops(4000, wanted(scale=(0.2, 0.5), aspect=4 / 3), seeded())
    width, height = maps[:, 0, 0], maps[:, 1, 1]
    area, aspect = width * height, width / height
    assert area.min() >= 0.2 - 1e-6
    assert area.max() <= 0.5 + 1e-6
    assert area.mean() == pytest.approx(0.35, abs=0.01)
    assert aspect.log().abs().max() <= np.log(4 / 3) + 1e-5
    # Within the image: the crop's edge is at most at 1.
    assert (maps[:, 0, 2].abs() + width).max() <= 1 + 1e-6
    assert (maps[:, 1, 2].abs() + height).max() <= 1 + 1e-6


def test_turned_crops_keep_the_galaxy_in_view() -> None:
    maps = draw_crops(4000, wanted(scale=(0.05, 0.4), rotate=True, flip=True, max_offset=0.5), seeded())
    # The image's centre in the crop's own coordinates: solve M p + t = 0.
    centre = torch.linalg.solve(maps[:, :, :2], -maps[:, :, 2])
    assert centre.abs().max() <= 0.5 + 1e-4
    assert torch.linalg.det(maps[:, :, :2]).sign().unique().tolist() == [-1.0, 1.0]
    angle = torch.atan2(maps[:, 1, 1], -maps[:, 0, 1])
    assert torch.histc(angle, 8, -np.pi, np.pi).min() > 400


def test_a_batch_dealt_out_to_processes_gives_the_same_views() -> None:
    crops = MultiCrop(
        "reference", global_size=32, global_scale=(0.4, 1), local_count=2, local_size=16, local_scale=(0.05, 0.4)
    )
    images = torch.randint(0, 256, (5, 40, 40, 3), generator=seeded(), dtype=torch.uint8)
    whole = crops(images, items=5, generator=seeded(3), share=everything)
    assert [tuple(view.shape) for view in whole] == [(5, 3, 32, 32)] * 2 + [(5, 3, 16, 16)] * 2
    for rank in range(2):
        part = crops(images[rank::2], items=5, generator=seeded(3), share=World(rank, 2).share)
        for mine, all_of_them in zip(part, whole, strict=True):
            torch.testing.assert_close(mine, all_of_them[rank::2], rtol=0, atol=1e-6)
    for view in whole:
        assert view.min() >= 0
        assert view.max() <= 1 + 1e-6


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_views_differ_between_each_other_and_between_generators(recipe: str) -> None:
    crops = MultiCrop(
        recipe, global_size=16, global_scale=(0.4, 1), local_count=0, local_size=16, local_scale=(0.1, 0.4)
    )
    images = torch.randint(0, 256, (2, 24, 24, 3), generator=seeded(), dtype=torch.uint8)
    first = crops(images, items=2, generator=seeded(1), share=everything)
    again = crops(images, items=2, generator=seeded(1), share=everything)
    other = crops(images, items=2, generator=seeded(2), share=everything)
    assert torch.equal(first[0], again[0])
    assert not torch.allclose(first[0], first[1])
    assert not torch.allclose(first[0], other[0])


def test_the_galaxy_recipe_never_changes_a_colours_hue() -> None:
    crops = MultiCrop(
        "galaxy", global_size=8, global_scale=(0.4, 1), local_count=0, local_size=8, local_scale=(0.1, 0.4)
    )
    images = torch.tensor([120, 60, 40], dtype=torch.uint8).expand(64, 12, 12, 3).contiguous()
    for view in crops(images, items=64, generator=seeded(), share=everything):
        for red, green, blue in view[:, :, 4, 4].tolist():
            hue, saturation, _ = colorsys.rgb_to_hsv(red, green, blue)
            assert saturation < 1e-3 or hue == pytest.approx(colorsys.rgb_to_hsv(120, 60, 40)[0], abs=0.02)


def test_hue_shifts_agree_with_colorsys() -> None:
    images = torch.rand(6, 3, 2, 2, generator=seeded())
    one, shift = torch.ones(6), torch.linspace(-0.5, 0.5, 6)
    got = jitter(images, brightness=one, contrast=one, saturation=one, hue=shift)
    for image, result, turn in zip(images, got, shift.tolist(), strict=True):
        for row in range(2):
            hue, saturation, value = colorsys.rgb_to_hsv(*image[:, row, 0].tolist())
            expected = colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value)
            np.testing.assert_allclose(result[:, row, 0].numpy(), expected, atol=1e-5)


def test_brightness_contrast_and_saturation_by_hand() -> None:
    image = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1).expand(1, 3, 2, 2)
    one = torch.ones(1)
    bright = jitter(image, brightness=one * 1.5, contrast=one, saturation=one, hue=None)
    torch.testing.assert_close(bright[0, :, 0, 0], torch.tensor([0.3, 0.6, 0.9]))
    dull = jitter(image, brightness=one, contrast=one, saturation=one * 0, hue=None)
    torch.testing.assert_close(dull, grey(image).contiguous())
    assert float(grey(image)[0, 0, 0, 0]) == pytest.approx(0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6)


def test_blur_keeps_the_light_and_widens_by_its_sigma() -> None:
    image = torch.zeros(2, 3, 33, 33)
    image[:, :, 16, 16] = 1
    blurred = blur(image, torch.tensor([0.0, 1.5]), largest=2.0)
    torch.testing.assert_close(blurred[0], image[0])
    torch.testing.assert_close(blurred[1].sum(dim=(1, 2)), torch.ones(3))
    offset = torch.arange(33.0) - 16
    variance = (blurred[1, 0].sum(dim=0) * offset**2).sum()
    assert float(variance) == pytest.approx(1.5**2, rel=0.05)


def test_random_light_replaces_brightness_and_contrast() -> None:
    images = torch.rand(4, 3, 8, 8, generator=seeded())
    mean, std = torch.rand(4, 3, generator=seeded(1)), torch.rand(4, 3, generator=seeded(2))
    lit = relight(images, mean, std)
    torch.testing.assert_close(lit.mean(dim=(2, 3)), mean)
    torch.testing.assert_close(lit.std(dim=(2, 3), correction=0), std)
    torch.testing.assert_close(relight(0.3 * images + 0.2, mean, std), lit)  # the former light leaves no trace
    flat = relight(images * 1e-3, mean, std)
    assert (flat - mean[:, :, None, None]).abs().max() < 0.05  # nothing but noise is not stretched


def test_the_relit_recipe_hides_how_bright_a_picture_is() -> None:
    crops = MultiCrop(
        "relit", global_size=16, global_scale=(0.4, 1), local_count=0, local_size=16, local_scale=(0.1, 0.4)
    )
    light = torch.linspace(0.2, 1, 200).view(200, 1, 1, 1)
    images = (255 * light * torch.rand(200, 24, 24, 3, generator=seeded())).to(torch.uint8)
    first, second = (
        view.mean(dim=(1, 2, 3)) for view in crops(images, items=200, generator=seeded(), share=everything)
    )
    for view in (first, second):
        assert abs(np.corrcoef(view, light.flatten())[0, 1]) < 0.2
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_solarise_inverts_the_bright_half() -> None:
    torch.testing.assert_close(solarise(torch.tensor([0.2, 0.5, 0.9])), torch.tensor([0.2, 0.5, 0.1]))


def test_the_order_of_the_jitter_is_that_of_the_permutation() -> None:
    images = torch.rand(24, 3, 4, 4, generator=seeded())
    strength = {
        "brightness": torch.full((24,), 1.6),
        "contrast": torch.full((24,), 0.5),
        "saturation": torch.full((24,), 1.5),
        "hue": torch.full((24,), 0.3),
    }
    neutral = dict.fromkeys(("brightness", "contrast", "saturation"), torch.ones(24)) | {"hue": torch.zeros(24)}
    orders = torch.tensor(list(itertools.permutations(range(4))))
    found = jitter(images, **strength, order=orders)
    names = list(strength)
    for row, order in enumerate(orders.tolist()):
        expected = images[row : row + 1]
        for step in order:
            one = {name: value[:1] for name, value in (neutral | {names[step]: strength[names[step]]}).items()}
            expected = jitter(expected, **one)
        torch.testing.assert_close(found[row : row + 1], expected, rtol=0, atol=2e-6)
    assert torch.equal(found[:1], jitter(images[:1], **{name: value[:1] for name, value in strength.items()}))


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


def test_torchvisions_crops_do_not_depend_on_the_number_of_processes() -> None:
    crops = MultiCrop(
        "reference",
        global_size=32,
        global_scale=(0.4, 1),
        local_count=2,
        local_size=16,
        local_scale=(0.05, 0.4),
        sampling="torchvision",
        jitter_order="random",
    )
    images = torch.randint(0, 256, (5, 40, 40, 3), generator=seeded(), dtype=torch.uint8)
    whole = crops(images, items=5, generator=seeded(3), share=everything)
    assert [tuple(view.shape) for view in whole] == [(5, 3, 32, 32)] * 2 + [(5, 3, 16, 16)] * 2
    part = crops(images[1::2], items=5, generator=seeded(3), share=World(1, 2).share)
    for mine, all_of_them in zip(part, whole, strict=True):
        torch.testing.assert_close(mine, all_of_them[1::2], rtol=0, atol=1e-6)


def test_impossible_recipes_are_one_line() -> None:
    with pytest.raises(InputError, match="take the augmentation reference, or sampling averaged"):
        MultiCrop(
            "galaxy",
            global_size=8,
            global_scale=(0.4, 1),
            local_count=0,
            local_size=8,
            local_scale=(0.1, 0.4),
            sampling="torchvision",
        )
    with pytest.raises(InputError, match="reference, galaxy"):
        MultiCrop("x", global_size=8, global_scale=(0.4, 1), local_count=0, local_size=8, local_scale=(0.1, 0.4))
    with pytest.raises(InputError, match="0.5 to 0.1"):
        MultiCrop("galaxy", global_size=8, global_scale=(0.4, 1), local_count=0, local_size=8, local_scale=(0.5, 0.1))


def test_several_crops_of_an_image_at_once_are_those_cut_one_by_one() -> None:
    images = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    wanted = CropRange(size=16, scale=(0.05, 0.9), aspect=4 / 3, rotate=True, flip=True, max_offset=1.0)
    maps = draw_crops(6, wanted, generator)
    boxes = draw_boxes(6, side=64, scale=(0.05, 0.9), aspect=4 / 3, generator=generator)
    mirror = torch.tensor([True, False, False, True, True, False])
    whole = cut_crops(images, maps, wanted, count=2), cut_boxes(images, boxes, mirror, size=16, count=2)
    for view in range(2):
        one = slice(view, None, 2)
        torch.testing.assert_close(whole[0][one], cut_crops(images, maps[one], wanted))
        torch.testing.assert_close(whole[1][one], cut_boxes(images, boxes[one], mirror[one], size=16))
