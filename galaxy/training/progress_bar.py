"""The progress bar of a training, whose figures are never cut at the edge of the terminal."""

import sys
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from galaxy.training.record import EpochRecord

_FORMAT = "{desc} |{bar}| {n_fmt}/{total_fmt} [{remaining}{postfix}]"


def training_bar(title: str | None, *, total: int, initial: int) -> "tqdm[Any]":
    """Return a bar on standard error that counts batches; without a title, or without a terminal, none is shown."""
    return tqdm(
        total=total,
        initial=initial,
        desc=title,
        disable=None if title else True,
        file=sys.stderr,
        unit="batch",
        bar_format=_FORMAT,
        dynamic_ncols=True,
    )


def show_figures(bar: "tqdm[Any]", record: EpochRecord) -> None:
    """Show the means of an epoch after the bar, for each metric that of training and then that of validation."""
    if not bar.disable:
        given = bar.format_dict
        fixed = f"{given['prefix']} |x| {given['total']}/{given['total']} [00:00:00, ]"
        bar.set_postfix_str(fitting(_figures(record), (given["ncols"] or 80) - len(fixed)))


def fitting(figures: Sequence[str], columns: int) -> str:
    """Return the last figures, as many as fit into `columns` characters without cutting one."""
    return next((text for first in range(len(figures)) if len(text := ", ".join(figures[first:])) <= columns), "")


def _figures(record: EpochRecord) -> list[str]:
    names = [*record.train, *(name for name in record.validation if name not in record.train)]
    sides = (record.train, record.validation)
    return [f"{name} {'/'.join(_short(side[name]) for side in sides if name in side)}" for name in names]


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"
