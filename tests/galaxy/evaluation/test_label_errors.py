import numpy as np

from galaxy.evaluation.label_errors import likely_label_errors


def test_finds_the_labels_that_were_swapped() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 300)
    probability = 0.02 * rng.dirichlet(np.ones(3), 300) + 0.98 * np.eye(3)[truth]
    given = truth.copy()
    swapped = rng.choice(300, 12, replace=False)
    given[swapped] = (given[swapped] + 1) % 3
    found, suggested = likely_label_errors(probability, given)
    assert set(found) == set(swapped)
    np.testing.assert_array_equal(suggested, truth[found])
    margin = probability[found, suggested] - probability[found, given[found]]
    assert np.all(np.diff(margin) <= 0)


def test_honest_labels_are_not_accused() -> None:
    label = np.repeat(np.arange(4), 10)
    found, suggested = likely_label_errors(np.eye(4)[label], label)
    assert len(found) == len(suggested) == 0


def test_a_class_that_nobody_has_is_never_suggested() -> None:
    probability = np.array([[0.1, 0.2, 0.7], [0.2, 0.1, 0.7]])
    found, suggested = likely_label_errors(probability, np.array([0, 1]))
    assert found.tolist() == [0, 1]
    assert suggested.tolist() == [1, 0]
