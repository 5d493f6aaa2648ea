"""The functions that draw a galaxy of each class.

Where a population's description says that values were adjusted, they were changed until the medians of magnitude, half-
light radius, concentration, axis ratio, colours of centre and outskirts and contrast of the arms, measured on pictures,
were close to those of 250 Galaxy10 DECaLS images, 25 of each class.
"""

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
