import colorsys

import numpy as np
import pytest
import torch
from torch import Tensor

from galaxy.data.crop_recipes import RECIPES
from galaxy.data.multicrop import MultiCrop
from galaxy.errors import InputError
from galaxy.training.distributed import World
from tests.galaxy.data.crops import seeded


def everything(batch: Tensor) -> Tensor:
    return batch


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
