"""Probes of an embedding: nearest neighbours and a linear classifier, both fitted on the training galaxies.

One thread is used, because the order of sums, and with it the last bits, depends on the number of threads.

In the shapes, N is the number of training galaxies, M of test galaxies and D of features.
"""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from galaxy.counted import counted
from galaxy.errors import InputError

_VALUES = 2048 * 17_736  # number of values in a block of the similarity matrix, 145 MB


def knn_right(
    train_x: NDArray[np.floating],
    train_y: NDArray[np.integer],
    test_x: NDArray[np.floating],
    test_y: NDArray[np.integer],
    *,
    k: int = 20,
) -> NDArray[np.bool_]:
    """Classify test galaxies by their k nearest training galaxies by cosine similarity.

    Votes have equal weights, while DINO's own k-NN weights them by exp(similarity / 0.07) (Caron et al. 2021). Of
    classes with equal votes, the one with the nearest galaxy is predicted.

    Args:
        train_x: (N, D) features.
        train_y: (N,) classes from 0.
        test_x: (M, D) features.
        test_y: (M,) classes from 0.
        k: Number of neighbours, 1 to N.

    Returns:
        (M,) whether the prediction is correct.

    Raises:
        InputError: If shapes do not fit, features are not finite, all features of a galaxy are 0, or k is out of range.

    Example:
        >>> train_x, train_y = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1])
        >>> knn_right(train_x, train_y, np.array([[2.0, 1.0], [3.0, 1.0]]), np.array([0, 1]), k=1)
        array([ True, False])
    """
    _check(train_x, train_y, test_x, test_y)
    if not 1 <= k <= len(train_x):
        raise InputError(f"k is {k}; it must be between 1 and {len(train_x)}, the number of training galaxies")
    reference = _unit_rows(train_x, "training")
    queries = _unit_rows(test_x, "test")
    labels = np.asarray(train_y, dtype=np.int64)
    classes = int(labels.max()) + 1
    predicted = np.empty(len(queries), dtype=np.int64)
    block = min(2048, max(1, _VALUES // len(reference)))
    for start in range(0, len(queries), block):
        with threadpool_limits(1):
            similarity = queries[start : start + block] @ reference.T
        nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(similarity, nearest, axis=1), axis=1, kind="stable")
        votes = labels[np.take_along_axis(nearest, order, axis=1)]
        counts = (votes[:, :, None] == np.arange(classes)).sum(axis=1)
        # The rank of a class's nearest member is below k, so it decides among equal counts only.
        first = (votes[:, :, None] == np.arange(classes)).argmax(axis=1)
        predicted[start : start + block] = (counts * (k + 1) - first).argmax(axis=1)
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
    """Return the test accuracy of multinomial logistic regression on standardised features.

    Features are standardised with the training galaxies' mean and standard deviation and divided by sqrt(D), so that a
    `strength` has the same effect at any D. L-BFGS stops after `iterations` even if it has not converged.

    Args:
        train_x: (N, D) features.
        train_y: (N,) classes.
        test_x: (M, D) features.
        test_y: (M,) classes.
        strength: Inverse of the L2 penalty, scikit-learn's `C`; above 0.
        iterations: Largest number of iterations of L-BFGS.

    Returns:
        Share of the test galaxies that are classified correctly.

    Raises:
        InputError: If shapes do not fit, features are not finite, or there are fewer than two classes.
    """
    _check(train_x, train_y, test_x, test_y)
    if len(np.unique(train_y)) < 2:
        raise InputError("all training galaxies belong to one class; a linear probe needs at least two classes")
    mean = train_x.mean(axis=0, dtype=np.float64)
    std = train_x.std(axis=0, dtype=np.float64)
    scale = np.where(std > 0, std, 1.0) * np.sqrt(train_x.shape[1])
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
            raise InputError(
                f"{name} features have shape {x.shape} and labels {y.shape}; they must have shapes (N, D) and (N,)"
            )
        if not np.isfinite(x).all():
            raise InputError(f"{name} features contain NaN or infinity; compute them again")
    if train_x.shape[1] != test_x.shape[1]:
        raise InputError(
            f"training features have {train_x.shape[1]} columns and test features {test_x.shape[1]}; both must have "
            "the same number"
        )


def _unit_rows(x: NDArray[np.floating], name: str) -> NDArray[np.float32]:
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    if (norm == 0).any():
        raise InputError(
            f"the features of {counted(int((norm == 0).sum()), f'{name} galaxy')} are all zero, which leaves their "
            "cosine similarity undefined; check the images and compute the features again"
        )
    unit: NDArray[np.float32] = (x / norm).astype(np.float32)
    return unit
