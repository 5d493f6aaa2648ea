"""What labels can be read off an embedding: nearest neighbours and a linear probe, both trained on training images.

Letters: N training and M test galaxies, D features. Neither probe sees a test label before it is scored. One thread, or
the last bits depend on their number, and with them who is nearest.
"""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from galaxy.errors import InputError

_BLOCK = 2048  # test galaxies per block of the similarity matrix: 150 MB beside 17,736 training galaxies


def knn_right(
    train_x: NDArray[np.floating],
    train_y: NDArray[np.integer],
    test_x: NDArray[np.floating],
    test_y: NDArray[np.integer],
    *,
    k: int = 20,
) -> NDArray[np.bool_]:
    """(M,) whether the k nearest training galaxies by cosine similarity vote for a test galaxy's class.

    Votes are unweighted, unlike those of DINO's own k-NN (Caron et al. 2021, exp(similarity / 0.07)); a tie goes to the
    tied class with the nearest member.

    Args:
        train_x: (N, D) features.
        train_y: (N,) classes from 0.
        test_x: (M, D) features.
        test_y: (M,) classes from 0.
        k: number of neighbours, 1 to N.

    Raises:
        InputError: wrong shapes, features that are not finite, all-zero rows, or k outside 1 to N.
    """
    _check(train_x, train_y, test_x, test_y)
    if not 1 <= k <= len(train_x):
        raise InputError(f"k is {k}; with {len(train_x)} training galaxies it must lie in 1 to {len(train_x)}")
    reference = _unit_rows(train_x, "training")
    queries = _unit_rows(test_x, "test")
    labels = np.asarray(train_y, dtype=np.int64)
    classes = int(labels.max()) + 1
    predicted = np.empty(len(queries), dtype=np.int64)
    for start in range(0, len(queries), _BLOCK):
        with threadpool_limits(1):
            similarity = queries[start : start + _BLOCK] @ reference.T
        nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(similarity, nearest, axis=1), axis=1, kind="stable")
        votes = labels[np.take_along_axis(nearest, order, axis=1)]
        counts = (votes[:, :, None] == np.arange(classes)).sum(axis=1)
        # The rank of a class's nearest member is below k, so it decides among equal counts only.
        first = (votes[:, :, None] == np.arange(classes)).argmax(axis=1)
        predicted[start : start + _BLOCK] = (counts * (k + 1) - first).argmax(axis=1)
    right: NDArray[np.bool_] = predicted == test_y
    return right


def linear_probe_accuracy(
    train_x: NDArray[np.floating],
    train_y: NDArray[np.integer],
    test_x: NDArray[np.floating],
    test_y: NDArray[np.integer],
    *,
    strength: float = 1.0,
    iterations: int = 200,
) -> float:
    """Share of the test galaxies that multinomial logistic regression on standardised features gets right.

    Features are standardised by the training galaxies' mean and deviation and divided by sqrt(D), so that `strength`
    (the penalty is |w|^2 / 2 against `strength` times N times the mean cross-entropy, as in scikit-learn's `C`) means
    the same at any width. L-BFGS stops after `iterations`, converged or not: the penalty, not the stop, does the work.

    Args:
        train_x: (N, D) features.
        train_y: (N,) classes.
        test_x: (M, D) features.
        test_y: (M,) classes.
        strength: inverse of the penalty, above 0.
        iterations: of L-BFGS at most.

    Raises:
        InputError: wrong shapes, features that are not finite, or fewer than two classes.
    """
    _check(train_x, train_y, test_x, test_y)
    if len(np.unique(train_y)) < 2:
        raise InputError("the training galaxies are of one class; a linear probe needs at least two")
    mean = train_x.mean(axis=0, dtype=np.float64)
    deviation = train_x.std(axis=0, dtype=np.float64)
    scale = np.where(deviation > 0, deviation, 1.0) * np.sqrt(train_x.shape[1])
    probe = LogisticRegression(C=strength, max_iter=iterations, tol=1e-4)
    train = ((train_x - mean) / scale).astype(np.float32)
    test = ((test_x - mean) / scale).astype(np.float32)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(train, train_y)
        predicted = probe.predict(test)
    return float(np.mean(predicted == test_y))


def _check(
    train_x: NDArray[np.floating],
    train_y: NDArray[np.integer],
    test_x: NDArray[np.floating],
    test_y: NDArray[np.integer],
) -> None:
    for name, x, y in (("training", train_x, train_y), ("test", test_x, test_y)):
        if x.ndim != 2 or y.shape != x.shape[:1] or not x.size:
            raise InputError(f"{name} features are {x.shape} and labels {y.shape}; (N, D) and (N,) are needed")
        if not np.isfinite(x).all():
            raise InputError(f"{name} features hold NaN or infinity; embed again")
    if train_x.shape[1] != test_x.shape[1]:
        raise InputError(f"training features have {train_x.shape[1]} columns and test features {test_x.shape[1]}")


def _unit_rows(x: NDArray[np.floating], name: str) -> NDArray[np.float32]:
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    if (norm == 0).any():
        raise InputError(
            f"{int((norm == 0).sum())} {name} galaxies have all features zero; cosine similarity has no value"
        )
    unit: NDArray[np.float32] = (x / norm).astype(np.float32)
    return unit
