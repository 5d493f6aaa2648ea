"""The epoch loop of all trainings; supervised training and DINO's self-distillation differ in their `Step`."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext

from galaxy.training.batches import batch_sizes, epoch_batches
from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.distributed import World
from galaxy.training.divergence import (
    LossCheck,
    require_finite_metrics,
    require_finite_state,
    require_finite_validation,
)
from galaxy.training.interrupt import Interrupted, StopRequest, stop_request
from galaxy.training.precision import Precision
from galaxy.training.progress import Progress, restore
from galaxy.training.progress_bar import show_figures, training_bar
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import Schedule
from galaxy.training.step import Step
from galaxy.training.update import Updater

_ALONE = World()

Validate = Callable[[Callable[[], None]], Mapping[str, float]]
"""Computes metrics by name. It must call its argument after each chunk of work; after a signal, that call raises."""


def fit(
    step: Step,
    *,
    items: int,
    epochs: int,
    batch_size: int,
    seed: int,
    schedules: Mapping[str, Schedule],
    precision: Precision,
    betas: tuple[float, float] = (0.9, 0.999),
    clip_norm: float | None = None,
    drop_last: bool = False,
    validate: Validate | None = None,
    score: Callable[[EpochRecord], float] | None = None,
    stop: Callable[[Sequence[EpochRecord]], bool] | None = None,
    checkpoints: CheckpointFolder | None = None,
    on_epoch: Callable[[EpochRecord], None] | None = None,
    title: str | None = None,
    world: World = _ALONE,
) -> list[EpochRecord]:
    """Train with AdamW (Loshchilov and Hutter 2019) and leave the result in the modules of `step`.

    Training resumes from `checkpoints` if something was saved there, and then gives the same bits as without the
    interruption. After SIGTERM or Ctrl-C it saves between two updates and raises.

    Args:
        step: The modules that are trained, and how a batch becomes a loss.
        items: Number of training items; an epoch is a permutation of all of them.
        epochs: Number of passes over the items, at least 1.
        batch_size: Items per update, over all processes. The last batch of an epoch may be smaller; if it would have
            one item only, this item joins the batch before.
        seed: Decides the order of the items and everything that is drawn while training.
        schedules: Schedules by name. `lr` and `weight_decay` are required; the step gets the values of all of them.
        precision: Device and number format.
        betas: Decay rates of AdamW's moments.
        clip_norm: Largest Euclidean norm of all gradients together; None does not clip.
        drop_last: Whether the items of an epoch that do not fill a batch are left out.
        validate: Computes the validation metrics after each epoch.
        score: Score of an epoch, lower is better; training ends with the weights of the best epoch. None keeps the
            last epoch.
        stop: Called with the records so far after each epoch; training ends when it returns True.
        checkpoints: Saved states, from which training resumes and to which it saves; None does neither.
        on_epoch: Called once with the record of each epoch, in the leading process only.
        title: Label of the progress bar, which is shown on a terminal only; None shows no bar.
        world: Processes that train together.

    Returns:
        One record per epoch, including those before a resumption.

    Raises:
        DivergedError: If a loss, a metric or a weight becomes infinite or NaN.
        InputError: If the state cannot be saved.
        Interrupted: If SIGTERM or Ctrl-C has come; with `checkpoints` the state has been saved.
        ValueError: If `epochs` is less than 1, or there are fewer items than one batch.

    Example:
        >>> from galaxy.models.custom import CustomClassifier
        >>> from galaxy.training.schedules import constant, cosine
        >>> from galaxy.training.supervised import SupervisedStep
        >>> import torch
        >>> images = torch.randint(256, (8, 32, 32, 3), dtype=torch.uint8)
        >>> network = CustomClassifier(classes=2, size=32, mean=[0.5] * 3, std=[0.3] * 3)
        >>> step = SupervisedStep(network, lambda positions: images[positions], torch.arange(8) % 2, chunk=4)
        >>> records = fit(
        ...     step,
        ...     items=8,
        ...     epochs=2,
        ...     batch_size=4,
        ...     seed=0,
        ...     schedules={"lr": cosine(1e-3, 1e-5, updates=4), "weight_decay": constant(0.01)},
        ...     precision=Precision.of(torch.device("cpu")),
        ... )
        >>> [record.epoch for record in records]
        [0, 1]
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; give at least 1")
    sizes = batch_sizes(items, batch_size, drop_last=drop_last)
    per_epoch = len(sizes)
    update = Updater(
        step,
        schedules=schedules,
        seed=seed,
        per_epoch=per_epoch,
        precision=precision,
        betas=betas,
        clip_norm=clip_norm,
        world=world,
    )
    progress, loss_check = Progress(), LossCheck()
    if saved := checkpoints.load() if checkpoints else None:
        progress = restore(saved, step, update.optimizer, precision.device)
        if not world.leads:
            progress.clear_sums()

    def require_finite() -> None:
        loss_check.require_finite(progress, world, schedules["lr"], per_epoch=per_epoch)

    def save() -> None:
        if checkpoints is None:
            return
        require_finite()
        require_finite_state(progress, step)
        for value in progress.sums.values():
            world.sum(value)
        if world.leads:
            progress.save(checkpoints, step, update.optimizer)
            if progress.finished:
                checkpoints.wait()
        else:  # the leading process has added these sums to its own
            progress.clear_sums()

    def leave_or_save(request: StopRequest) -> None:
        signal, due = world.agree(signal=request.signal, save=checkpoints is not None and checkpoints.due())
        if (due or signal) and not progress.finished:
            save()
        if signal:
            raise Interrupted(signal, f"{progress.position} of {epochs}", saved=checkpoints is not None)

    def train_epoch(request: StopRequest) -> None:
        pinned = precision.device.type == "cuda"
        batches = epoch_batches(items, batch_size, seed=seed, epoch=progress.epoch, pinned=pinned, drop_last=drop_last)
        for number in range(progress.step, per_epoch):
            started = time.perf_counter()
            progress.add(update(batches[number], epoch=progress.epoch, number=number))
            loss_check.add(progress.sums["loss"])
            if precision.device.type == "cpu" or progress.step == per_epoch:  # reading a GPU's value waits for it
                require_finite()
            progress.seconds += time.perf_counter() - started
            bar.update()
            leave_or_save(request)

    def run_validation(request: StopRequest) -> Mapping[str, float]:
        def check() -> None:
            if world.agree(signal=request.signal, save=False)[0]:
                raise _Unwind

        try:
            return dict(validate(check)) if validate else {}
        except _Unwind:  # raised, so that all contexts that validation has entered are left first
            leave_or_save(request)
            raise

    bar = training_bar(
        title if world.leads else None,
        total=epochs * per_epoch,
        initial=progress.epoch * per_epoch + progress.step,
    )
    with bar, stop_request() as request, checkpoints.written() if checkpoints else nullcontext():
        while not progress.finished:
            train_epoch(request)
            validation = run_validation(request)
            require_finite_validation(progress, validation)
            values = update.values((progress.epoch + 1) * per_epoch - 1)
            record = progress.end_epoch(sum(sizes), validation, values, precision.device, world)
            require_finite_metrics(record)
            if score:
                progress.keep_best(step, score(record))
            progress.finished = progress.epoch == epochs or bool(stop and stop(progress.records))
            if progress.finished:
                progress.use_best(step)
            if on_epoch and world.leads:
                on_epoch(record)
            if progress.finished:
                save()
            leave_or_save(request)
            show_figures(bar, record)
    return progress.records


class _Unwind(Exception):  # noqa: N818 - not an error
    """Leaves validation after a signal."""
