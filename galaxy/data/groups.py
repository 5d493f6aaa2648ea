"""Groups of galaxies that must stay on one side of the split."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def group_numbers(count: int, *pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the (N,) group of each of `count` rows: the first row of all that `pairs` (P, 2) link, also indirectly."""
    linked = np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs])
    graph = coo_array((np.ones(len(linked), dtype=bool), (linked[:, 0], linked[:, 1])), shape=(count, count))
    components, component = connected_components(graph, directed=False)
    first = np.full(components, count, dtype=np.int64)
    np.minimum.at(first, component, np.arange(count))
    return first[component]
