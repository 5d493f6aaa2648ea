"""What the section `dino_finetune` makes of time."""

from galaxy.training.schedules import Schedule, constant, cosine
from stages.sections.dino_finetune import FinetuneSection

_REFERENCE_BATCH = 256
"""The batch that learning rates are given for; they go with the batch (Goyal et al. 2017)."""


def schedules(section: FinetuneSection, *, per_epoch: int) -> dict[str, Schedule]:
    """Learning rate, weight decay, and the teacher's momentum and temperature, per update.

    The momentum ends at 1, where the teacher stands still. The temperature rises in a straight line, by epoch.
    """
    updates = section.epochs * per_epoch
    scale = section.batch_size / _REFERENCE_BATCH
    rise = section.teacher_warmup_epochs
    first, last = section.teacher_temperature_start, section.teacher_temperature

    def temperature(update: int) -> float:
        epoch = update // per_epoch
        return last if epoch >= rise else first + (last - first) * epoch / max(rise - 1, 1)

    return {
        "lr": cosine(section.lr * scale, section.lr_min, updates=updates, warmup=section.warmup_epochs * per_epoch),
        "weight_decay": cosine(section.weight_decay, section.weight_decay_end, updates=updates),
        "teacher_momentum": cosine(section.teacher_momentum, 1.0, updates=updates),
        "teacher_temperature": temperature if rise else constant(last),
    }
