"""Prepares attention maps for the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from galaxy.report.galleries import Galaxies
from galaxy.report.images import attention_uri, galaxy_uri

HEADS_SHOWN = 3
"""Number of galaxies for which the page shows the map of each head."""


def attention_maps(
    maps: Mapping[str, Mapping[str, NDArray[Any]]], galaxies: Galaxies, names: Sequence[str], *, shown: int
) -> dict[str, Any] | None:
    """Encode the images, the mean maps and the maps of each head of some galaxies, for all features that have maps.

    Args:
        maps: For each set of features, `id` (n,), `image` (n, s, s, 3) uint8 and `attention` (n, heads, h, w).
        galaxies: The galaxies of the split.
        names: Names of the classes in label order.
        shown: Largest number of galaxies.

    Returns:
        The variables of the template, or None if there are no maps.
    """
    if not maps:
        return None
    first = next(iter(maps.values()))
    label = dict(zip(galaxies.id.tolist(), galaxies.label.tolist(), strict=True))
    items = []
    for i in range(min(shown, len(first["id"]))):
        name = str(first["id"][i])
        items.append(
            {
                "id": name,
                "label": names[label[name]] if name in label else "not in this split",
                "original": galaxy_uri(first["image"][i]),
                "means": [attention_uri(arrays["attention"][i].mean(axis=0)) for arrays in maps.values()],
                "heads": [[attention_uri(head) for head in arrays["attention"][i]] for arrays in maps.values()],
            }
        )
    rows, columns = first["attention"].shape[2:]
    return {
        "features": list(maps),
        "galaxies": items,
        "shown": HEADS_SHOWN,
        "patches": f"{rows} x {columns}",
    }
