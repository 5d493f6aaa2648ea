import pytest
import torch
from torch.nn import functional

from galaxy.training.distributed import World
from galaxy.training.seeding import make_generator
from galaxy.training.step import Moment
from galaxy.training.supervised import SupervisedStep
from tests.galaxy.models.classifiers import build, images

LABELS = torch.tensor([0, 1, 2, 3, 0, 1])
CPU = torch.device("cpu")


def moment(items: int = 6) -> Moment:
    return Moment(0, 0, 0, items, {"lr": 0.1, "weight_decay": 0.0}, make_generator(CPU, "test"), World())


def make(name: str = "custom", **options: object) -> SupervisedStep:
    return SupervisedStep(build(name), lambda at: images()[at], LABELS, chunk=4, **options)  # type: ignore[arg-type]


def reference(positions: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    classifier = build("custom").train()
    return classifier(images()[positions]).detach(), LABELS[positions]


def test_loss_is_the_share_of_the_batch_s_mean() -> None:
    logits, labels = reference([4, 0, 2])
    loss, metrics = make().loss(torch.tensor([4, 0, 2]), moment(6))
    torch.testing.assert_close(loss, functional.cross_entropy(logits, labels) * 3 / 6)
    assert int(metrics["accuracy"]) == int((logits.argmax(1) == labels).sum())


def test_smoothing_and_weights_are_torch_s() -> None:
    logits, labels = reference([4, 0, 2])
    weights = torch.tensor([0.5, 1.0, 2.0, 0.1])
    loss, _ = make(label_smoothing=0.2, class_weights=weights).loss(torch.tensor([4, 0, 2]), moment(3))
    expected = functional.cross_entropy(logits, labels, weight=weights, label_smoothing=0.2, reduction="sum") / 3
    torch.testing.assert_close(loss, expected)


def test_mixup_mixes_pixels_and_labels_alike() -> None:
    import numpy as np

    step = make(mixup=0.5)
    loss, _ = step.loss(torch.arange(6), moment())
    drawn = moment().generator
    share = float(np.random.default_rng(drawn.initial_seed()).beta(0.5, 0.5))
    order = torch.randperm(6, generator=drawn)
    classifier = build("custom").train()
    pixels = classifier.normalise(images())
    logits = classifier.learning_part(share * pixels + (1 - share) * pixels[order])
    expected = share * functional.cross_entropy(logits, LABELS)
    expected = expected + (1 - share) * functional.cross_entropy(logits, LABELS[order])
    torch.testing.assert_close(loss, expected)


def test_average_by_hand_and_put_in_place() -> None:
    classifier = build("custom")
    step = SupervisedStep(classifier, lambda at: images()[at], LABELS, chunk=4, average=0.9)
    weight = classifier.learning_tensors()["27.weight"]
    start = weight.detach().clone()
    with torch.no_grad():
        weight.fill_(1.0)
    step.after_update(moment())
    with step.averaged():
        torch.testing.assert_close(weight.detach(), 0.9 * start + 0.1)
    assert bool((weight == 1).all())
    step.use_average()
    torch.testing.assert_close(weight.detach(), 0.9 * start + 0.1)


def test_stored_features_and_augmentation_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="stored features cannot be augmented"):
        make(gives_features=True, mixup=0.1)


def test_no_items_give_no_loss_and_no_gradient() -> None:
    step = make("scratch")
    loss, _ = step.loss(torch.arange(0), moment())
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == 0.0
    parameters = step.groups()[0].parameters
    assert all(p.grad is None or not bool(p.grad.any()) for p in parameters)
