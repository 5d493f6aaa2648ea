"""The functions that draw a galaxy of each class."""

from collections.abc import Callable

import numpy as np

from galaxy.rendered.population_barred import barred_spiral
from galaxy.rendered.population_disturbed import disturbed
from galaxy.rendered.population_edge_on import edge_on_with_bulge, edge_on_without_bulge
from galaxy.rendered.population_merging import merging
from galaxy.rendered.population_smooth import cigar_smooth, in_between_smooth, round_smooth
from galaxy.rendered.population_unbarred import loose_spiral, tight_spiral
from galaxy.rendered.scene import Scene

POPULATIONS: tuple[Callable[[np.random.Generator], Scene], ...] = (
    disturbed,
    merging,
    round_smooth,
    in_between_smooth,
    cigar_smooth,
    barred_spiral,
    tight_spiral,
    loose_spiral,
    edge_on_without_bulge,
    edge_on_with_bulge,
)
"""Functions that draw a galaxy, in label order."""
