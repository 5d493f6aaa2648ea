"""How the stages without a network grow with the number of galaxies.

    python -m benchmarks.growth --counts 17736 200000 1000000
    python -m benchmarks.growth --counts 17736 200000 --steps audit split embed-pixels pca kmeans evaluate best

prints a table in Markdown: processor seconds and largest memory of each step, in a process of its own with one thread,
and how the seconds grow for ten times as many galaxies, 10 being linear. The steps are `audit_file`, `split_file` and
what the stages embed-pixels, pca, kmeans-hungarian (k-means alone), evaluate-clusters and dino-best compute from there
on, with the settings of params.yaml; dino-best takes the pixels for its features. The galaxies have 16 px, so that what
is left is what depends on their number, and random places on the sky.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from benchmarks.near_identical import thumbnails
from galaxy.classes import GALAXY10_CLASSES
from galaxy.clustering.clusters_file import load_clusters, save_clusters
from galaxy.data.audit import audit_file
from galaxy.data.manifest import read_manifest
from galaxy.data.store import open_store
from galaxy.evaluation.row_figures import evaluate_row
from galaxy.features.pca import fit_components
from galaxy.features.pixels import pixel_features
from galaxy.predictions import load_predictions, save_predictions
from galaxy.recipes.best_clusters import cluster_best
from galaxy.recipes.best_study import study_best
from galaxy.recipes.clusters import cluster_all, predict_classes
from galaxy.recipes.evaluate_clusters import evaluate_clusters
from galaxy.recipes.evaluate_inputs import Features
from galaxy.recipes.split import split_file
from galaxy.workbench.params_file import read_params

STEPS = ("audit", "split", "embed-pixels", "pca", "kmeans", "evaluate", "best")
DEFAULT = STEPS[:2]


def write_file(path: Path, pictures: np.ndarray) -> None:
    """Write pictures as a file in Galaxy10's layout."""
    count, chance = len(pictures), np.random.default_rng(1)
    chunks = (min(555, count), *pictures.shape[1:3], 1)
    with h5py.File(path, "w") as file:
        file.create_dataset("images", data=pictures, chunks=chunks, compression="gzip", compression_opts=1)
        file["ans"] = (np.arange(count) * 10 // count).astype(np.uint8)
        file["ra"] = chance.uniform(0, 360, count)
        file["dec"] = np.degrees(np.arcsin(chance.uniform(-1, 1, count)))
        file["redshift"] = chance.uniform(0, 0.3, count)
        file["pxscale"] = np.full(count, 0.262)


def work(step: str, folder: Path, count: int) -> None:
    """Do one step and print its processor seconds and memory as JSON."""
    started = time.process_time()
    if step == "write":
        write_file(folder / "galaxies.h5", thumbnails(count)[:count])
    elif step == "audit":
        audit_file(folder / "galaxies.h5", sha256="0" * 64)
    elif step == "split":
        split_file(
            folder / "galaxies.h5",
            manifest=folder / "manifest.csv",
            classes=folder / "classes.json",
            store=folder / "store",
            size=16,
            crop=None,
            seed=0,
            validation=0.1,
            test=0.2,
            group_radius=67,
            group_images=1.0,
            drop_conflicts=False,
        )
    else:
        cluster_step(step, folder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.process_time() - started, "memory": memory}))


def cluster_step(step: str, folder: Path) -> None:
    """Do one step of the unsupervised rows on the files that the steps before it have left in the folder."""
    params, manifest, store = read_params(Path("params.yaml")), read_manifest(folder / "manifest.csv"), folder / "store"
    embedding, component = folder / "embedding.npy", folder / "component.npy"
    kmeans, best = params["kmeans"], params["dino_best"]
    if step == "embed-pixels":
        images = open_store(store)
        np.save(embedding, pixel_features(images.images, images.rows_of(manifest.id), size=8))
    elif step == "pca":
        features = np.load(embedding)
        components = fit_components(features[manifest.split == "train"], variance=params["pca"]["variance"])
        np.save(component, components(features))
    elif step == "kmeans":
        settings = {key: kmeans[key] for key in ("clusters", "restarts", "seeds")}
        found = cluster_all(np.load(component), manifest, GALAXY10_CLASSES, **settings)
        save_clusters(folder / "clusters.npz", found)
        save_predictions(folder / "predictions.npz", predict_classes(found, probability=kmeans["probability"]))
    elif step == "evaluate":
        features = Features(
            embedding=np.load(embedding), component=np.load(component), explained_variance=0.95, source={}
        )
        evaluate_clusters(
            load_clusters(folder / "clusters.npz"), features, manifest, **params["evaluate_clusters"], seed=0
        )
        test = load_predictions(folder / "predictions.npz").where("test")
        evaluate_row(test.probability, test.label, resamples=params["evaluate"]["bootstrap"], bins=15, seed=0)
    else:
        features, images = np.load(embedding), open_store(store)
        names = ("clusters", "reduction", "whitening", "method", "heads", "neighbours", "updates")
        settings = {name: best[name] for name in names} | {"seeds": kmeans["seeds"], "components": best["dimensions"]}
        row = cluster_best(features, manifest, GALAXY10_CLASSES, **settings)
        study_best(
            row,
            {"pixels": features},
            manifest,
            GALAXY10_CLASSES,
            before=np.load(component),
            images=images.images[images.rows_of(manifest.id)],
            counts=best["curve"],
            reduction=best["reduction"],
            method=best["method"],
            clusters=kmeans["clusters"],
            seeds=kmeans["seeds"],
        )


def main() -> None:
    """Measure every step at every count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[17_736, 200_000])
    parser.add_argument(
        "--steps", nargs="+", choices=STEPS, default=DEFAULT, help="in this order, the first ones first"
    )
    parser.add_argument("--worker", nargs=3, metavar=("STEP", "FOLDER", "COUNT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work(given.worker[0], Path(given.worker[1]), int(given.worker[2]))
        return
    print("| galaxies | " + " | ".join(f"{step}, s | growth | {step}, MiB" for step in given.steps) + " |")
    print("|---" * (1 + 3 * len(given.steps)) + "|")
    before: dict[str, tuple[int, float]] = {}
    for count in sorted(given.counts):
        cells = [f"{count:,}"]
        with tempfile.TemporaryDirectory() as folder:
            # The file is written in a process of its own, too: a process starts with the peak memory of its parent.
            for step in ("write", *given.steps):
                command = [sys.executable, "-m", "benchmarks.growth", "--worker", step, folder, str(count)]
                threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
                found = json.loads(subprocess.check_output(command, env={**os.environ, **threads}, text=True))
                if step == "write":
                    continue
                growth = ""
                if step in before:
                    fewer, seconds = before[step]
                    power = math.log(found["seconds"] / seconds) / math.log(count / fewer)
                    growth = f"{10**power:.1f}"
                before[step] = (count, found["seconds"])
                cells += [f"{found['seconds']:.1f}", growth, f"{found['memory']:.0f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
