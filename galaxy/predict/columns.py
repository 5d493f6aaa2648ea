"""The columns of a table of classified galaxies, and the values of a galaxy in them."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy.predict.conformal import class_sets
from galaxy.predict.picture import Picture, Value
from galaxy.report.sky_viewer import viewer_address

SEPARATOR = "|"
"""Separator between the classes of a set, and between checks."""


_LIKELY = (("predicted", "text"), ("confidence", "single"))
"""Columns of each of the most probable classes."""


@dataclass(frozen=True)
class Column:
    """A column: its name and its kind, `text`, `integer`, `number`, `single` (32 bits) or `boolean`."""

    name: str
    kind: str


def columns(classes: Sequence[str], further: Mapping[str, str], *, top_k: int = 1) -> list[Column]:
    """Return the columns of the output.

    Args:
        classes: K names; the column of a class whose name is already taken gets a suffix.
        further: Further columns of a table and their kinds; one whose name is already taken gets a suffix.
        top_k: Number of most probable classes that have columns.
    """
    before = [
        Column("id", "text"),
        Column("predicted", "text"),
        Column("confidence", "single"),
        *(Column(f"{name}_{k}", kind) for k in range(2, top_k + 1) for name, kind in _LIKELY),
    ]
    after = [
        Column("entropy", "single"),
        Column("set", "text"),
        Column("unlike", "single"),
        Column("checks", "text"),
        Column("ra", "number"),
        Column("dec", "number"),
        Column("viewer", "text"),
        Column("reason", "text"),
    ]
    taken = [column.name for column in (*before, *after)]
    own = [
        *before,
        *(Column(free_name(name, taken, classes, suffix="_class"), "single") for name in classes),
        *after,
    ]
    taken = [column.name for column in own]
    return own + [Column(free_name(name, taken, further), kind) for name, kind in further.items()]


def free_name(name: str, taken: Container[str], others: Container[str], *, suffix: str = "_in_table") -> str:
    """Return the name that a column of a table, or of a class, gets in the output.

    Args:
        name: Its name in the table.
        taken: Names of the output's own columns.
        others: Names of all columns of the table.
        suffix: What is appended until no other column has the name.

    Example:
        >>> free_name("predicted", ["id", "predicted"], ["path", "predicted"])
        'predicted_in_table'
    """
    shown = name
    while shown in taken or (shown != name and shown in others):
        shown += suffix
    return shown


def entropy(probability: NDArray[np.float64]) -> float:
    """Return the entropy of (K,) probabilities in nats, from 0 to log K.

    Example:
        >>> round(entropy(np.array([0.5, 0.5])), 4)
        0.6931
    """
    return abs(float(-(probability * np.log(np.maximum(probability, 1e-300))).sum()))


def row_values(
    picture: Picture,
    probability: NDArray[np.float64] | None,
    unlike: float | None,
    *,
    classes: Sequence[str],
    further: Sequence[str],
    least: float | None,
    top_k: int = 1,
) -> list[Value]:
    """Return the values of one galaxy in the order of `columns`; unknown values are None.

    Args:
        picture: The galaxy, with image or reason.
        probability: (K,) class probabilities; None if there is no image.
        unlike: How unlike the validation galaxies it is, from 0 to 1; None where unknown.
        classes: K names.
        further: Names of the further columns.
        least: Least probability of a class in the set; None where there are no validation galaxies.
        top_k: Number of most probable classes that have columns.
    """
    place = [None if np.isnan(value) else value for value in (picture.ra, picture.dec)]
    end = [*place, viewer_address(picture.ra, picture.dec), picture.reason, *(picture.further.get(n) for n in further)]
    checks = SEPARATOR.join(dict.fromkeys(picture.checks))
    if probability is None:
        likely: list[Value] = ["", None] * top_k
        return [picture.id, *likely, *[None] * (len(classes) + 1), "", None, checks, *end]
    single = probability.astype(np.float32)
    likely = []
    for best in np.argsort(-single, kind="stable")[:top_k].tolist():
        likely += [classes[best], float(single[best])]
    kept = [] if least is None else np.flatnonzero(class_sets(single[None], least=least)[0]).tolist()
    return [
        picture.id,
        *likely,
        *(float(value) for value in single),
        float(np.float32(entropy(probability))),
        SEPARATOR.join(classes[index] for index in kept),
        None if unlike is None else float(np.float32(unlike)),
        checks,
        *end,
    ]
