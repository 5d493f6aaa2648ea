"""Prepares the page's pictures of galaxies: one per class, mistakes, and likely label errors."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from galaxy.report.images import galaxy_uri
from galaxy.report.row_results import RowResults
from galaxy.report.sky_viewer import position_text, viewer_address

ImageOf = Callable[[str], NDArray[np.uint8]]
"""Returns the image (s, s, 3) of a galaxy by its id."""

Item = dict[str, Any]
PlaceOf = Callable[[str], tuple[float, float] | None]
"""Returns right ascension and declination of a galaxy in degrees by its id; None if it has no position."""


class Galaxies(Protocol):
    """The galaxies of a split as columns of equal length, sorted by id; positions in degrees, NaN where unknown."""

    @property
    def id(self) -> NDArray[np.str_]: ...  # noqa: D102 - the class describes its columns
    @property
    def ra(self) -> NDArray[np.float64]: ...  # noqa: D102 - the class describes its columns
    @property
    def dec(self) -> NDArray[np.float64]: ...  # noqa: D102 - the class describes its columns
    @property
    def label(self) -> NDArray[np.int64]: ...  # noqa: D102 - the class describes its columns
    @property
    def split(self) -> NDArray[np.str_]: ...  # noqa: D102 - the class describes its columns


def class_list(names: Sequence[str], galaxies: Galaxies, image_of: ImageOf) -> list[dict[str, Any]]:
    """Return each class with its number of galaxies in each split and a picture of its first training galaxy."""
    classes = []
    for k, name in enumerate(names):
        mine = galaxies.label == k
        counts = {split: int(np.sum(mine & (galaxies.split == split))) for split in ("train", "validation", "test")}
        shown = galaxies.id[mine & (galaxies.split == "train")]
        uri = galaxy_uri(image_of(str(shown[0])), size=128) if len(shown) else None
        classes.append({"name": name, "uri": uri, "total": int(mine.sum()), **counts})
    return classes


def sky_places(galaxies: Galaxies) -> PlaceOf:
    """Return a function from the id of a galaxy to its position, for galaxies with real coordinates."""
    places = dict(zip(galaxies.id.tolist(), zip(galaxies.ra.tolist(), galaxies.dec.tolist(), strict=True), strict=True))
    return places.get


def mistakes(
    rows: Sequence[RowResults], names: Sequence[str], image_of: ImageOf, place_of: PlaceOf, *, each: int
) -> list[dict[str, Any]]:
    """Return the most confident mistakes on test galaxies, grouped by true class.

    A galaxy is shown once, with the row whose mean probability for a wrong class is the highest.

    Args:
        rows: Supervised rows.
        names: Names of the classes in label order.
        image_of: Returns the image of a galaxy.
        place_of: Returns the position of a galaxy on the sky.
        each: Largest number of galaxies per class.
    """
    best: dict[str, tuple[float, int, int, str]] = {}
    for row in rows:
        galaxies = row.details.galaxies
        probability = np.array(galaxies.probability)
        predicted = probability.argmax(axis=1)
        for i, (name, split, label) in enumerate(zip(galaxies.id, galaxies.split, galaxies.label, strict=True)):
            if split == "test" and predicted[i] != label:
                claim = (float(probability[i].max()), int(predicted[i]), label, row.name)
                best[name] = max(claim, best.get(name, claim))
    groups: list[dict[str, Any]] = []
    for k, class_name in enumerate(names):
        mine = sorted((name for name, claim in best.items() if claim[2] == k), key=lambda n: (-best[n][0], n))[:each]
        items = [
            _item(
                name,
                image_of,
                place_of,
                label=class_name,
                verdict=f"taken for {names[best[name][1]]}",
                confidence=best[name][0],
                row=best[name][3],
            )
            for name in mine
        ]
        groups.append({"name": class_name, "items": items})
    return groups


def label_issues(
    row: RowResults,
    found: NDArray[np.int64],
    suggested: NDArray[np.int64],
    probability: NDArray[np.floating],
    image_of: ImageOf,
    place_of: PlaceOf,
    *,
    each: int,
) -> list[dict[str, Any]]:
    """Return the galaxies whose label is likely wrong, grouped by their label.

    Args:
        row: A supervised row, from which the ids and labels of the N galaxies are taken.
        found: Indices of the galaxies that were found, the most suspicious first.
        suggested: The more probable class of each galaxy that was found.
        probability: (N, K) class probabilities with which they were found.
        image_of: Returns the image of a galaxy.
        place_of: Returns the position of a galaxy on the sky.
        each: Largest number of galaxies per class.
    """
    galaxies, names = row.details.galaxies, row.details.classes
    groups = []
    for k, class_name in enumerate(names):
        mine = [(i, s) for i, s in zip(found, suggested, strict=True) if galaxies.label[i] == k][:each]
        items = [
            _item(
                galaxies.id[i],
                image_of,
                place_of,
                label=class_name,
                verdict=f"rather {names[s]}",
                confidence=float(probability[i, s]),
            )
            for i, s in mine
        ]
        groups.append({"name": class_name, "items": items})
    return groups


def _item(
    name: str,
    image_of: ImageOf,
    place_of: PlaceOf,
    *,
    label: str,
    verdict: str,
    confidence: float,
    row: str | None = None,
) -> Item:
    place = place_of(name)
    return {
        "uri": galaxy_uri(image_of(name)),
        "id": name,
        "label": label,
        "verdict": verdict,
        "confidence": confidence,
        "row": row,
        "position": position_text(*place) if place else "",
        "viewer": viewer_address(*place) if place else "",
    }
