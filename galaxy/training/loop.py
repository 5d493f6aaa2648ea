"""The only epoch loop: supervised training and DINO's self-distillation differ in their `Step`."""

import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import torch
from tqdm import tqdm

from galaxy.training.batches import batch_sizes, epoch_batches
from galaxy.training.checkpoint import Checkpoints
from galaxy.training.distributed import World
from galaxy.training.divergence import require_finite_loss, require_finite_state
from galaxy.training.interrupt import Interrupted, StopWish, stop_wish
from galaxy.training.precision import Precision
from galaxy.training.progress import Progress, restore
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import Schedule
from galaxy.training.seeding import make_generator, seed_layers
from galaxy.training.step import Moment, Step

_ALONE = World()


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
    validate: Callable[[], Mapping[str, float]] | None = None,
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
        validate: Called after each epoch; returns metrics by name.
        score: Of an epoch, lower is better: the step ends with the weights of the best epoch. None keeps the last.
        stop: Called with the records so far after each epoch; True ends the training.
        checkpoints: Where to save and resume; None does neither.
        on_epoch: Called with each epoch's record, once, in the process that leads.
        title: Label of a progress bar on a terminal; None shows none.
        world: The processes that train together.

    Returns:
        One record per epoch, those before a resumption included.

    Raises:
        DivergedError: If the loss or a weight becomes infinite or no number.
        Interrupted: After a signal, once the state is saved.
        ValueError: If `items`, `batch_size` and `epochs` do not fit together.
    """
    if epochs < 1:
        raise ValueError(f"{epochs} epochs are no training")
    device = precision.device
    groups = step.groups()
    optimizer = torch.optim.AdamW(
        [{"params": list(group.parameters), "lr": 0.0, "weight_decay": 0.0} for group in groups],
        betas=betas,
        fused=True,
    )
    parameters = [parameter for group in groups for parameter in group.parameters]
    per_epoch = len(batch_sizes(items, batch_size))
    progress = Progress()
    saved = checkpoints.load() if checkpoints else None
    if saved:
        progress = restore(saved, step, optimizer, precision, device)
        if not world.leads:
            progress.sums = {name: torch.zeros_like(value) for name, value in progress.sums.items()}

    def save() -> None:
        if checkpoints is None:
            return
        require_finite_state(progress, step)
        progress.sums = {name: world.sum(value) for name, value in progress.sums.items()}
        if world.leads:
            progress.save(checkpoints, step, optimizer, precision)
        else:  # the sums are with the process that leads now
            progress.sums = {name: torch.zeros_like(value) for name, value in progress.sums.items()}

    def update(batch: torch.Tensor, number: int) -> None:
        count = progress.epoch * per_epoch + number
        values = {name: schedule(count) for name, schedule in schedules.items()}
        for group, settings in zip(groups, optimizer.param_groups, strict=True):
            settings["lr"] = values["lr"] * group.lr_scale
            settings["weight_decay"] = values["weight_decay"] if group.decay else 0.0
        generator = make_generator(device, "step", seed, progress.epoch, number)
        moment = Moment(progress.epoch, number, count, len(batch), values, generator, world)
        seed_layers("layers", seed, progress.epoch, number)
        with precision.casting():
            loss, metrics = step.loss(world.share(batch), moment)
        optimizer.zero_grad(set_to_none=True)
        precision.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        world.sum_gradients(parameters)
        if clip_norm is not None:
            precision.scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
        precision.scaler.step(optimizer)
        precision.scaler.update()
        step.after_update(moment)
        for name, value in {"loss": loss * len(batch), **metrics}.items():
            progress.sums[name] = progress.sums.get(name, 0) + value.detach().double()
        progress.step = number + 1
        if device.type == "cpu" or progress.step == per_epoch:  # reading a GPU's value makes the CPU wait for it
            require_finite_loss(progress, lr=values["lr"], update=count)

    def leave_or_save(wish: StopWish) -> None:
        signal, due = world.agree(signal=wish.signal, save=checkpoints is not None and checkpoints.due())
        if (due or signal) and not progress.finished:
            save()
        if signal:
            raise Interrupted(signal, f"after batch {progress.step} of epoch {progress.epoch + 1} of {epochs}")

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
            batches = epoch_batches(items, batch_size, seed=seed, epoch=progress.epoch)
            for number in range(progress.step, per_epoch):
                started = time.perf_counter()
                update(batches[number], number)
                progress.seconds += time.perf_counter() - started
                bar.update()
                leave_or_save(wish)
            record = _end_epoch(progress, items, validate, schedules, per_epoch, device, world)
            if score:
                _keep_best(progress, step, score(record))
            progress.finished = progress.epoch == epochs or bool(stop and stop(progress.records))
            if progress.finished and progress.best:
                _copy(progress.best, step.state())
            if on_epoch and world.leads:
                on_epoch(record)
            if progress.finished:
                save()
            leave_or_save(wish)
            bar.set_postfix({name: f"{value:.3g}" for name, value in {**record.train, **record.validation}.items()})
    return progress.records


def _end_epoch(
    progress: Progress,
    items: int,
    validate: Callable[[], Mapping[str, float]] | None,
    schedules: Mapping[str, Schedule],
    per_epoch: int,
    device: torch.device,
    world: World,
) -> EpochRecord:
    means = {name: float(world.sum(value)) / items for name, value in progress.sums.items()}
    last = (progress.epoch + 1) * per_epoch - 1
    record = EpochRecord(
        epoch=progress.epoch,
        train=means,
        validation=dict(validate()) if validate else {},
        values={name: schedule(last) for name, schedule in schedules.items()},
        seconds=progress.seconds,
        items_per_second=items / progress.seconds,
        memory_bytes=_peak_memory(device),
    )
    progress.records.append(record)
    progress.epoch += 1
    progress.step, progress.sums, progress.seconds = 0, {}, 0.0
    return record


def _keep_best(progress: Progress, step: Step, score: float) -> None:
    if progress.best_score is None or score < progress.best_score:
        progress.best_score = score
        progress.best = {name: tensor.detach().clone() for name, tensor in step.state().items()}


def _copy(source: Mapping[str, torch.Tensor], target: Mapping[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, tensor in target.items():
            tensor.copy_(source[name])


def _peak_memory(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB
