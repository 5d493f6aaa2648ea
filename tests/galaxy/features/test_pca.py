import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from galaxy.errors import InputError
from galaxy.features.pca import fit_components


def features(n: int = 200, d: int = 12, seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, d)) * np.geomspace(10, 0.1, d) + 5).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(200, 12), (10, 30)])
def test_agrees_with_a_full_decomposition_whatever_the_shape(n: int, d: int) -> None:
    x = features(n, d)
    components = fit_components(x, variance=0.9)
    reference = PCA(n_components=0.9, svd_solver="full").fit(x.astype(np.float64))
    assert len(components.axes) == reference.n_components_
    np.testing.assert_allclose(
        components.explained_variance_ratio, reference.explained_variance_ratio_, rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(np.abs(components(x)), np.abs(reference.transform(x)), atol=1e-3)


@given(st.floats(0.05, 0.999))
@settings(max_examples=15, deadline=None)
def test_no_fewer_components_would_keep_the_share(variance: float) -> None:
    components = fit_components(features(), variance=variance)
    total = np.cumsum(components.explained_variance_ratio)
    assert total[-1] >= variance - 1e-9
    assert len(total) == 1 or total[-2] < variance


def test_the_whole_variance_keeps_all_components() -> None:
    x = features(50, 6)
    components = fit_components(x, variance=1.0)
    assert components.axes.shape == (6, 6)
    distance = np.linalg.norm(x[0] - x[1])
    assert np.linalg.norm(components(x)[0] - components(x)[1]) == pytest.approx(distance, rel=1e-4)


def test_galaxies_that_were_not_fitted_do_not_change_the_projection() -> None:
    x = features()
    components = fit_components(x[:100], variance=0.9)
    np.testing.assert_array_equal(components(x)[:100], components(x[:100]))
    np.testing.assert_allclose(components(x[:100]).mean(axis=0), 0, atol=1e-4)


def test_standard_scaling_ignores_units() -> None:
    x = features()
    units = np.geomspace(1e-3, 1e3, 12).astype(np.float32)
    plain, scaled = (fit_components(data, variance=0.9, scaling="standard")(data) for data in (x, x * units))
    np.testing.assert_allclose(np.abs(plain), np.abs(scaled), atol=2e-3)


def test_block_scaling_gives_each_block_the_same_variance() -> None:
    x = features()
    x[:, :6] *= 1000
    components = fit_components(x, variance=1.0, scaling="block", blocks=2)
    scaled = (x - components.offset) / components.scale
    variances = np.square(scaled).mean(axis=0).reshape(2, 6).sum(axis=1)
    np.testing.assert_allclose(variances, 1, rtol=1e-5)


@pytest.mark.parametrize("variance", [0.0, -0.1, 1.01, float("nan")])
def test_a_share_outside_zero_to_one_is_one_line(variance: float) -> None:
    with pytest.raises(InputError, match=r"\(0, 1\]"):
        fit_components(features(), variance=variance)


def test_constant_nan_and_too_few_features_are_one_line() -> None:
    with pytest.raises(InputError, match="same features"):
        fit_components(np.full((30, 4), 7.3, dtype=np.float32), variance=0.9)
    with pytest.raises(InputError, match="two training galaxies"):
        fit_components(features(1), variance=0.9)
    bad = features()
    bad[0, 0] = np.nan
    with pytest.raises(InputError, match="NaN"):
        fit_components(bad, variance=0.9)
    with pytest.raises(InputError, match="5 blocks of equal size"):
        fit_components(features(), variance=0.9, scaling="block", blocks=5)
    with pytest.raises(InputError, match="none, block, standard"):
        fit_components(features(), variance=0.9, scaling="white")


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_one_constant_feature_is_no_harm(scaling: str) -> None:
    x = features()
    x[:, 3] = 4.0
    assert np.isfinite(fit_components(x, variance=0.9, scaling=scaling)(x)).all()


def test_the_number_of_threads_changes_no_bit() -> None:
    x = features(900, 300)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            components = fit_components(x, variance=0.99)
            found.append((components.axes.tobytes(), components(x).tobytes()))
    assert found[0] == found[1]
