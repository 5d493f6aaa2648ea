import pytest
import torch

from galaxy.data.augmentation import Augmentation


def variants(image: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return the eight flips and quarter turns of an (S, S, C) image."""
    turned = {f"turn {k}": torch.rot90(image, k, (0, 1)) for k in range(4)}
    return turned | {f"mirror {k}": torch.rot90(image.flip(1), k, (0, 1)) for k in range(4)}


@pytest.mark.parametrize(
    ("flips", "rotations", "expected"),
    [
        (False, False, {"turn 0"}),
        (True, False, {"turn 0", "turn 2", "mirror 0", "mirror 2"}),
        (False, True, {"turn 0", "turn 1", "turn 2", "turn 3"}),
        (True, True, {f"{kind} {k}" for kind in ("turn", "mirror") for k in range(4)}),
    ],
)
def test_all_allowed_symmetries_and_no_others_in_equal_shares(flips: bool, rotations: bool, expected: set[str]) -> None:
    image = torch.arange(27, dtype=torch.uint8).view(3, 3, 3)
    augmentation = Augmentation(flips, rotations)
    count = 4000
    drawn = augmentation.draw(count, torch.Generator().manual_seed(0))
    found = augmentation.apply(image.expand(count, 3, 3, 3), drawn)
    known = variants(image)
    names = [next(name for name, one in known.items() if torch.equal(one, changed)) for changed in found]
    assert set(names) == expected
    share = count / len(expected)
    for name in expected:  # five standard deviations of a binomial
        assert abs(names.count(name) - share) < 5 * (share * (1 - 1 / len(expected))) ** 0.5 + 1


def test_what_is_drawn_depends_on_the_generator_alone() -> None:
    augmentation = Augmentation(flips=True, rotations=True)
    first, again, other = (augmentation.draw(20, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
