import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from galaxy.data.crop_recipes import RECIPES
from galaxy.data.multicrop import MultiCrop
from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.dino_step import DinoStep, make_teacher
from galaxy.training.distributed import World
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.process_group import process_group
from galaxy.training.schedules import constant
from galaxy.training.step import Moment
from galaxy.training.update import Updater
from tests.processes import run_connected

CPU = torch.device("cpu")
K, WIDTH = 8, 6
ALONE = World()


class Network(nn.Module):
    """A frozen linear map, an adapter-like one that learns, and a last layer."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.frozen = nn.Parameter(torch.randn(3, WIDTH, generator=generator), requires_grad=False)
        self.learning = nn.Parameter(0.1 * torch.randn(3, WIDTH, generator=generator))
        self.bias = nn.Parameter(torch.zeros(WIDTH))
        self.last = nn.Parameter(torch.randn(WIDTH, K, generator=generator))

    def forward(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        x = torch.cat([view.mean(dim=(2, 3)) for view in views])
        tokens = x @ (self.frozen + self.learning) + self.bias
        return tokens, torch.tanh(tokens) @ self.last


class Crops:
    """Three views that differ by noise."""

    def __len__(self) -> int:
        return 3

    def __call__(
        self, images: Tensor, *, items: int, generator: torch.Generator, share: Callable[[Tensor], Tensor]
    ) -> Sequence[Tensor]:
        pixels = images.permute(0, 3, 1, 2).float() / 255
        noise = [share(torch.randn(items, 3, 1, 1, generator=generator)) for _ in range(3)]
        return [pixels + 0.1 * extra for extra in noise]


IMAGES = torch.randint(0, 256, (20, 4, 4, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def make_step(*, freeze: int = 0, crops: Any = None, **options: Any) -> DinoStep:
    return DinoStep(
        Network(),
        last_layer=["last"],
        source=lambda positions: IMAGES[positions],
        crops=crops or Crops(),
        normalise=lambda view: view - 0.5,
        prototypes=K,
        student_temperature=0.1,
        center_momentum=0.9,
        freeze_last_layer=freeze,
        **options,
    )


def train(
    step: DinoStep,
    *,
    epochs: int = 2,
    checkpoints: CheckpointFolder | None = None,
    momentum: float = 0.9,
    world: World = ALONE,
) -> list[float]:
    schedules = {
        "lr": constant(0.01),
        "weight_decay": constant(0.1),
        "teacher_momentum": constant(momentum),
        "teacher_temperature": constant(0.05),
    }
    records = fit(
        step,
        items=20,
        epochs=epochs,
        batch_size=7,
        seed=3,
        schedules=schedules,
        precision=Precision(CPU),
        clip_norm=3.0,
        checkpoints=checkpoints,
        world=world,
    )
    return [record.train["loss"] for record in records]


def make_updater(step: DinoStep, *, per_epoch: int, lr: float) -> Updater:
    values = {"lr": lr, "weight_decay": 0.0, "teacher_momentum": 0.9, "teacher_temperature": 0.05}
    return Updater(
        step,
        schedules={name: constant(value) for name, value in values.items()},
        seed=3,
        per_epoch=per_epoch,
        precision=Precision(CPU),
        betas=(0.9, 0.999),
        clip_norm=None,
        world=ALONE,
    )


def test_views_are_float32_and_the_same_under_automatic_casting(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = replace(RECIPES["galaxy"], sigma=(0.0, 0.0), blur=(1.0, 1.0, 1.0), jitter=0.0, grey=0.0)
    blurred = MultiCrop(
        "galaxy", global_size=8, global_scale=(0.4, 1), local_count=1, local_size=4, local_scale=(0.1, 0.4)
    )
    blurred.recipe = recipe
    plain = copy.copy(blurred)
    plain.recipe = replace(recipe, blur=(0.0, 0.0, 0.0))
    seen: list[list[Tensor]] = []

    class Seeing(Network):
        def forward(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
            seen.append(list(views))
            return super().forward(views)

    monkeypatch.setattr("tests.galaxy.training.test_dino_step.Network", Seeing)
    for crops, dtype in ((plain, torch.float32), (blurred, torch.bfloat16)):
        step = make_step(crops=crops)
        generator = torch.Generator().manual_seed(5)
        with Precision(CPU, dtype).casting():
            step.loss(torch.arange(7), Moment(0, 0, 0, 7, {"teacher_temperature": 0.05}, generator, World()))
    (_, exact), (_, cast) = seen[0:2], seen[2:4]
    assert [view.dtype for view in cast] == [torch.float32] * 3
    for one, other in zip(exact, cast, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


def test_frozen_tensors_are_shared_and_learning_ones_are_copied() -> None:
    student = Network()
    teacher = make_teacher(student)
    assert teacher.get_parameter("frozen") is student.frozen
    assert teacher.get_parameter("learning") is not student.learning
    assert not any(parameter.requires_grad for parameter in teacher.parameters())


def test_the_teacher_is_the_moving_average_of_every_learning_parameter() -> None:
    step = make_step()
    start = {name: p.detach().clone() for name, p in step.student.named_parameters()}
    moment = Moment(0, 0, 0, 4, {"teacher_momentum": 0.75}, torch.Generator(), World())
    with torch.no_grad():
        for name, parameter in step.student.named_parameters():
            if name != "frozen":
                parameter.add_(1.0)
    step.after_update(moment)
    for name, parameter in step.teacher.named_parameters():
        torch.testing.assert_close(parameter, start[name] + (0.0 if name == "frozen" else 0.25))


def test_training_changes_all_that_learns_and_nothing_frozen() -> None:
    step = make_step()
    start = {name: p.detach().clone() for name, p in step.student.named_parameters()}
    losses = train(step, epochs=8)
    assert losses[-1] < losses[0]
    for name, parameter in step.student.named_parameters():
        assert torch.equal(parameter, start[name]) == (name == "frozen"), name
        assert torch.equal(step.teacher.get_parameter(name), start[name]) == (name == "frozen"), name
    assert step.center.abs().sum() > 0


def test_the_last_layer_stands_still_while_it_is_frozen() -> None:
    step = make_step(freeze=1)
    start = step.student.get_parameter("last").detach().clone()
    train(step, epochs=1)
    assert torch.equal(step.student.get_parameter("last"), start)
    train(step, epochs=2)
    assert not torch.equal(step.student.get_parameter("last"), start)


def test_the_optimizer_does_not_count_updates_in_which_the_last_layer_is_frozen() -> None:
    step = make_step(freeze=1)
    start = step.student.get_parameter("last").detach().clone()
    updater = make_updater(step, per_epoch=2, lr=0.01)
    for number in range(2):
        updater(torch.arange(7), epoch=0, number=number)
    last = step.student.get_parameter("last")
    assert torch.equal(last, start)
    assert not updater.optimizer.state[last]
    updater(torch.arange(7), epoch=1, number=0)
    assert float(updater.optimizer.state[last]["step"]) == 1
    # The first step of Adam changes every element by the learning rate, whatever its gradient is.
    torch.testing.assert_close((last - start).abs(), torch.full_like(start, 0.01), rtol=1e-3, atol=0)


def test_a_tuning_resumes_while_the_last_layer_is_frozen(tmp_path: Path) -> None:
    whole = make_step(freeze=2)
    train(whole, epochs=3)
    half = make_step(freeze=2)
    calls = 0

    def stop_at_second(moment: Moment) -> None:
        nonlocal calls
        DinoStep.after_update(half, moment)
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    half.after_update = stop_at_second  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        train(half, epochs=3, checkpoints=CheckpointFolder(tmp_path, interval=0.0))
    resumed = make_step(freeze=2)
    train(resumed, epochs=3, checkpoints=CheckpointFolder(tmp_path, interval=0.0))
    for name, tensor in whole.state().items():
        assert torch.equal(tensor, resumed.state()[name]), name


@pytest.mark.parametrize("decays", [True, False])
def test_weight_decay_applies_to_matrices_and_to_the_last_layer_where_wanted(decays: bool) -> None:
    step = make_step(decay_last_layer=decays)
    groups = {group.name: {id(p) for p in group.parameters} for group in step.groups()}
    decayed = {"learning", "last"} if decays else {"learning"}
    for name, parameter in step.student.named_parameters():
        assert (id(parameter) in groups["matrices"]) == (name in decayed), name
        assert (id(parameter) in groups["others"]) == (name in {"bias", "last"} - decayed), name


def test_each_gradient_is_clipped_by_itself() -> None:
    step = make_step(clip_each=2.0)
    for name, parameter in step.student.named_parameters():
        if parameter.requires_grad:
            parameter.grad = torch.full_like(parameter, {"learning": 5.0, "bias": 0.001}.get(name, 1.0))
    step.before_update(Moment(0, 0, 0, 7, {}, torch.Generator(), World()))
    norms = {name: float(p.grad.norm()) for name, p in step.student.named_parameters() if p.grad is not None}
    assert norms == {"learning": pytest.approx(2), "bias": pytest.approx(0.001 * WIDTH**0.5), "last": pytest.approx(2)}


def test_a_resumed_tuning_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = make_step()
    train(whole, epochs=3)

    class StopError(Exception):
        pass

    half = make_step()
    calls = 0
    after_update = half.after_update

    def stop_at_fifth(moment: Moment) -> None:
        nonlocal calls
        after_update(moment)
        calls += 1
        if calls == 5:
            raise StopError

    half.after_update = stop_at_fifth  # type: ignore[method-assign]
    with pytest.raises(StopError):
        train(half, epochs=3, checkpoints=CheckpointFolder(tmp_path, interval=0.0))
    resumed = make_step()
    train(resumed, epochs=3, checkpoints=CheckpointFolder(tmp_path, interval=0.0))
    assert whole.state().keys() == resumed.state().keys()
    for name, tensor in whole.state().items():
        assert torch.equal(tensor, resumed.state()[name]), name


def test_the_mean_over_shares_is_the_mean_over_the_batch() -> None:
    values = {"teacher_temperature": 0.05, "teacher_momentum": 0.9}
    positions = torch.arange(6)

    def run(part: Tensor, world: World) -> tuple[Tensor, dict[str, Tensor]]:
        return make_step().loss(part, Moment(0, 0, 0, 6, values, torch.Generator().manual_seed(1), world))

    class Half(World):
        """Two processes without communication: sums are those of this process alone."""

        def sum(self, tensor: Tensor) -> Tensor:
            return tensor

    whole, metrics = run(positions, World())
    halves = [run(positions[rank::2], Half(rank, 2)) for rank in range(2)]
    torch.testing.assert_close(sum((loss for loss, _ in halves), torch.zeros(())), whole)
    entropies = [part["teacher_entropy"] for _, part in halves]
    torch.testing.assert_close(sum(entropies, torch.zeros(())), metrics["teacher_entropy"])


def test_metrics_lie_where_they_must() -> None:
    values = {"teacher_temperature": 0.05, "teacher_momentum": 0.9}
    _, metrics = make_step().loss(torch.arange(20), Moment(0, 0, 0, 20, values, torch.Generator(), World()))
    means = {name: float(value) / 20 for name, value in metrics.items()}
    assert 0 <= means["teacher_entropy"] <= means["marginal_entropy"] <= math.log(K) + 1e-6
    assert 0 < means["spread"] <= 1


def _train_with_others(target: Path) -> None:
    with process_group(CPU) as world:
        step = make_step(freeze=1)
        train(step, world=world)
        torch.save(dict(step.state()), target / f"{world.rank}.pt")


def test_three_processes_end_where_one_does(tmp_path: Path) -> None:
    alone = make_step(freeze=1)
    train(alone)  # 20 images in batches of 7: the last one has 6
    assert run_connected(3, _train_with_others, tmp_path) == [0, 0, 0]
    states = [torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(3)]
    for name, tensor in alone.state().items():
        torch.testing.assert_close(states[0][name], tensor, rtol=1e-4, atol=1e-5)
        assert all(torch.equal(states[0][name], other[name]) for other in states[1:]), name


def test_a_process_without_a_share_gives_a_loss_of_zero() -> None:
    values = {"teacher_temperature": 0.05, "teacher_momentum": 0.9}
    moment = Moment(0, 0, 0, 2, values, torch.Generator().manual_seed(0), World())
    empty = MultiCrop(
        "reference", global_size=8, global_scale=(0.4, 1), local_count=1, local_size=4, local_scale=(0.1, 0.4)
    )
    views = empty(IMAGES[:0], items=2, generator=moment.generator, share=lambda batch: batch[:0])
    assert [tuple(view.shape) for view in views] == [(0, 3, 8, 8), (0, 3, 8, 8), (0, 3, 4, 4)]

    class NoShare(World):
        def share(self, batch: Tensor) -> Tensor:
            return batch[:0]

    moment = Moment(0, 0, 0, 2, values, torch.Generator().manual_seed(0), NoShare())
    loss, _ = make_step().loss(torch.arange(0), moment)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0


def test_a_last_layer_that_the_student_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="last_layer names head, which the student has not"):
        DinoStep(
            Network(),
            last_layer=["last", "head"],
            source=lambda positions: IMAGES[positions],
            crops=Crops(),
            normalise=lambda view: view,
            prototypes=K,
            student_temperature=0.1,
            center_momentum=0.9,
            freeze_last_layer=0,
        )
