"""Split-conformal prediction: sets of classes that contain the true class with a given probability.

Vovk, Gammerman and Shafer 2005; Sadinle, Lei and Wasserman 2019 (JASA 114, 223) for classes whose probability lies
above one threshold. The guarantee holds on average over galaxies that are drawn as the validation galaxies were.
"""

import math

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError


def threshold(probability: NDArray[np.floating], label: NDArray[np.int64], *, coverage: float) -> float:
    """Return the smallest probability of a class that belongs to a set.

    Args:
        probability: (N, K) class probabilities of the validation galaxies.
        label: (N,) their true classes.
        coverage: Share of galaxies whose set is to hold their true class, in (0, 1).

    Returns:
        The threshold; 0, so that every class belongs, if N is too small for this coverage.

    Raises:
        InputError: If `coverage` lies outside (0, 1) or there is no galaxy.

    Example:
        >>> probability = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        >>> threshold(probability, np.array([0, 1, 0]), coverage=0.5)
        0.8
    """
    if not 0 < coverage < 1:
        raise InputError(f"coverage is {coverage}; it must be a share between 0 and 1, such as 0.9")
    if not len(label):
        raise InputError("there are no validation galaxies, from which sets of classes are computed")
    scores = np.sort(1.0 - probability[np.arange(len(label)), label].astype(np.float64))
    rank = math.ceil((len(scores) + 1) * coverage)
    return 0.0 if rank > len(scores) else float(1.0 - scores[rank - 1])


def class_sets(probability: NDArray[np.floating], *, least: float) -> NDArray[np.bool_]:
    """Return the classes in each galaxy's set: those of probability at least `least`, and the most probable.

    Sets are never empty: the most probable class always belongs, which can only raise the coverage.

    Args:
        probability: (N, K) class probabilities.
        least: Smallest probability of a class in a set, from `threshold`.

    Returns:
        (N, K) booleans, true where the class belongs to the galaxy's set.

    Example:
        >>> class_sets(np.array([[0.6, 0.4], [0.9, 0.1]]), least=0.3)
        array([[ True,  True],
               [ True, False]])
    """
    found: NDArray[np.bool_] = probability >= least - 1e-12
    found[np.arange(len(probability)), probability.argmax(axis=1)] = True
    return found
