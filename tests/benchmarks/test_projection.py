import dataclasses
from typing import Any

import pytest

from benchmarks.projection import Counts, Work, finetune_work, row_work
from benchmarks.rehearsal_table import protocol_sections

COUNTS = Counts(640, 64, 128)


@pytest.fixture(scope="module")
def sections() -> dict[str, Any]:
    return protocol_sections()


def test_a_row_costs_three_forward_passes_for_each_image_that_it_learns_from(sections: dict[str, Any]) -> None:
    train = sections["train"].model_copy(update={"epochs": 2, "seeds": (0, 1)})
    vgg = sections["models"]["vgg11-scratch"].architecture()
    work = row_work(vgg, train, size=256, counts=COUNTS)
    # 0.33 G multiply-adds forward with 32 channels and the stock head, whose first layer needs no gradient of its input
    images = 2 * 2 * (3 * COUNTS.train + COUNTS.validation)
    assert work.multiply_adds / images == pytest.approx(0.33e9, rel=0.07)


def test_frozen_convolutions_are_computed_once(sections: dict[str, Any]) -> None:
    shallow = sections["models"]["vgg11-shallow"].architecture()

    def work(epochs: int) -> Work:
        train = sections["train"].model_copy(update={"epochs": epochs, "seeds": (0,)})
        return row_work(shallow, train, size=256, counts=COUNTS)

    once, twice = work(1), work(2)
    head = twice.multiply_adds - once.multiply_adds
    frozen = (once.multiply_adds - head) / COUNTS.total
    assert frozen == pytest.approx(9.9e9 - 0.12e9, rel=0.02)  # VGG11 at 256 px, without its head


def test_self_distillation_grows_with_the_updates(sections: dict[str, Any]) -> None:
    crops = sections["dino_finetune"].crops.model_copy(update={"global_size": 32, "local_size": 16, "local_count": 2})
    head = sections["dino_finetune"].head.model_copy(update={"prototypes": 64, "hidden": 16, "bottleneck": 8})
    dino = sections["dino"].model_copy(update={"backbone": "test_vit.r160_in1k"})
    short = sections["dino_finetune"].model_copy(update={"epochs": 2, "crops": crops, "head": head})
    long = short.model_copy(update={"epochs": 4})
    one, two = (finetune_work(dino, each, counts=COUNTS) for each in (short, long))
    assert two.multiply_adds == pytest.approx(2 * one.multiply_adds)
    assert two.moved == pytest.approx(2 * one.moved)


def test_the_least_time_is_that_of_what_takes_longer() -> None:
    arithmetic, memory = Work(989e12 / 2, 0), Work(0, 2 * 3.35e12)
    assert arithmetic.least_seconds("H100") == pytest.approx(1)
    assert (arithmetic + memory).least_seconds("H100") == pytest.approx(2)
    assert dataclasses.astuple(arithmetic * 2) == pytest.approx((989e12, 0))
