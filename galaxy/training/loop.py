"""The only epoch loop: supervised training and DINO's self-distillation differ in their `Step`."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence

from tqdm import tqdm

from galaxy.training.batches import batch_sizes, epoch_batches
from galaxy.training.checkpoint import Checkpoints
from galaxy.training.distributed import World
from galaxy.training.divergence import LossWatch, require_finite_state, require_finite_validation
from galaxy.training.interrupt import Interrupted, StopWish, stop_wish
from galaxy.training.precision import Precision
from galaxy.training.progress import Progress, restore
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import Schedule
from galaxy.training.step import Step
from galaxy.training.update import Updater

_ALONE = World()

Validate = Callable[[Callable[[], None]], Mapping[str, float]]
"""Metrics by name. Takes a function to call now and then, which raises when a signal has asked to stop."""


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
    checkpoints: Checkpoints | None = None,
    on_epoch: Callable[[EpochRecord], None] | None = None,
    title: str | None = None,
    world: World = _ALONE,
) -> list[EpochRecord]:
    """Train with AdamW (Loshchilov and Hutter 2019) and leave the result in the step's modules.

    Resumes from `checkpoints` when they hold anything; the result is then bit for bit that of an uninterrupted run.
    SIGTERM and Ctrl-C save between two updates and raise.

    Args:
        step: What is trained and how a batch becomes a loss.
        items: Number of training items; an epoch is a permutation of all of them.
        epochs: Number of passes, at least 1.
        batch_size: Items per update over all processes; the last batch of an epoch may be smaller, a last single
            item joins the batch before.
        seed: Decides the order of the items and everything drawn while training.
        schedules: By name; `lr` and `weight_decay` are needed, the step is handed all of them.
        precision: Device and number format.
        betas: AdamW's decay rates of the moments.
        clip_norm: Largest Euclidean norm of all gradients together; None leaves them as they are.
        drop_last: Whether the items of an epoch that do not fill a batch are left out.
        validate: Called after each epoch.
        score: Of an epoch, lower is better: the step ends with the weights of the best epoch. None keeps the last.
        stop: Called with the records so far after each epoch; True ends the training.
        checkpoints: Where to save and resume; None does neither.
        on_epoch: Called with each epoch's record, once, in the process that leads.
        title: Label of a progress bar on a terminal; None shows none.
        world: The processes that train together.

    Returns:
        One record per epoch, those before a resumption included.

    Raises:
        DivergedError: If a loss, a metric or a weight becomes infinite or no number.
        Interrupted: After a signal, once the state is saved.
        ValueError: If `items`, `batch_size` and `epochs` do not fit together.
    """
    if epochs < 1:
        raise ValueError(f"{epochs} epochs are no training")
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
    progress, watch = Progress(), LossWatch()
    if saved := checkpoints.load() if checkpoints else None:
        progress = restore(saved, step, update.optimizer, precision.device)
        if not world.leads:
            progress.clear_sums()

    def require_finite() -> None:
        watch.require_finite(progress, world, schedules["lr"], per_epoch=per_epoch)

    def save() -> None:
        if checkpoints is None:
            return
        require_finite()
        require_finite_state(progress, step)
        for value in progress.sums.values():
            world.sum(value)
        if world.leads:
            progress.save(checkpoints, step, update.optimizer)
        else:  # the sums are with the process that leads now
            progress.clear_sums()

    def leave_or_save(wish: StopWish) -> None:
        signal, due = world.agree(signal=wish.signal, save=checkpoints is not None and checkpoints.due())
        if (due or signal) and not progress.finished:
            save()
        if signal:
            raise Interrupted(signal, f"after batch {progress.step} of epoch {progress.epoch + 1} of {epochs}")

    def train_epoch(wish: StopWish) -> None:
        pinned = precision.device.type == "cuda"
        batches = epoch_batches(items, batch_size, seed=seed, epoch=progress.epoch, pinned=pinned, drop_last=drop_last)
        for number in range(progress.step, per_epoch):
            started = time.perf_counter()
            progress.add(update(batches[number], epoch=progress.epoch, number=number))
            watch.note(progress.sums["loss"])
            if precision.device.type == "cpu" or progress.step == per_epoch:  # reading a GPU's value waits for it
                require_finite()
            progress.seconds += time.perf_counter() - started
            bar.update()
            leave_or_save(wish)

    def run_validation(wish: StopWish) -> Mapping[str, float]:
        def check() -> None:
            if world.agree(signal=wish.signal, save=False)[0]:
                raise _Unwind

        try:
            return dict(validate(check)) if validate else {}
        except _Unwind:  # out of all contexts that validation had entered
            leave_or_save(wish)
            raise

    bar = tqdm(
        total=epochs * per_epoch,
        initial=progress.epoch * per_epoch + progress.step,
        desc=title,
        disable=None if title and world.leads else True,
        file=sys.stderr,
        unit="batch",
    )
    with bar, stop_wish() as wish:
        while not progress.finished:
            train_epoch(wish)
            validation = run_validation(wish)
            require_finite_validation(progress, validation)
            values = update.values((progress.epoch + 1) * per_epoch - 1)
            record = progress.end_epoch(sum(sizes), validation, values, precision.device, world)
            if score:
                progress.keep_best(step, score(record))
            progress.finished = progress.epoch == epochs or bool(stop and stop(progress.records))
            if progress.finished:
                progress.use_best(step)
            if on_epoch and world.leads:
                on_epoch(record)
            if progress.finished:
                save()
            leave_or_save(wish)
            shown = {**record.train, **{f"validation_{name}": value for name, value in record.validation.items()}}
            bar.set_postfix({name: f"{value:.3g}" for name, value in shown.items()})
    return progress.records


class _Unwind(Exception):  # noqa: N818 - not an error
    """A signal has come while validating."""
