"""PCA and k-means at the size of Galaxy10 with DINO's embeddings: 17,736 galaxies, 1,536 features.

    python -m benchmarks.clustering

Made-up features with the spectrum of real ones (about a hundred components hold 95 %). Prints seconds of each part, and
of scikit-learn's own choice of solver for comparison with `--compare`.
"""

import argparse
import time

import numpy as np
from sklearn.decomposition import PCA

from galaxy.clustering.alternatives import ALTERNATIVES, cluster_with
from galaxy.clustering.kmeans import distances, fit_centres
from galaxy.features.pca import fit_components


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--galaxies", type=int, default=17_736)
    parser.add_argument("--features", type=int, default=1_536)
    parser.add_argument("--clusters", type=int, default=10)
    parser.add_argument("--compare", action="store_true", help="also time svd_solver='auto'")
    parser.add_argument("--others", action="store_true", help="also time the other clusterings")
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    spectrum = (1 + np.arange(given.features)) ** -0.76
    x = rng.normal(size=(given.galaxies, given.features)) * spectrum
    x = (x @ np.linalg.qr(rng.normal(size=(given.features, given.features)))[0]).astype(np.float32)
    train = np.arange(given.galaxies) < 0.7 * given.galaxies

    start = time.perf_counter()
    components = fit_components(x[train], variance=0.95)
    reduced = components(x)
    after_pca = time.perf_counter()
    centres = fit_centres(reduced[train], clusters=given.clusters, restarts=10, seed=0)
    distances(reduced, centres)
    end = time.perf_counter()
    print(
        f"PCA to {reduced.shape[1]} components {after_pca - start:.2f} s, k-means {end - after_pca:.2f} s, "
        f"together {end - start:.2f} s"
    )
    if given.compare:
        start = time.perf_counter()
        PCA(n_components=0.95, svd_solver="auto").fit(x[train])
        print(f"PCA with svd_solver='auto' {time.perf_counter() - start:.2f} s")
    if given.others:
        for name in ALTERNATIVES:
            start = time.perf_counter()
            cluster_with(name, reduced, train, clusters=given.clusters, seed=0)
            print(f"{name} {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
