"""Logs a trained row as MLflow models, without pickle: the graph of each network, and the whole row for serving."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def log_models(uri: str, run: str, folder: Path, *, row: str, seeds: Sequence[int], loader: str) -> dict[str, str]:
    """Log the exported graph of each network of a row under its run, with a signature and an example.

    The model takes (B, S, S, 3) uint8 images and returns (B, K) logits.

    Args:
        uri: Address of the store.
        run: Identifier of the run.
        folder: Folder of the stored networks.
        row: Name of the row.
        seeds: Seeds of the networks.
        loader: `module:function` that reads a network: it takes the folder and `seed`, and returns the network and a
            description with the image's `size` in pixels.

    Returns:
        The address of each logged model, by the name of the tag that holds it.

    Raises:
        InputError: If the folder holds no such network, or a file of it is damaged.
    """
    module, _, name = loader.partition(":")
    load = getattr(importlib.import_module(module), name)
    networks = {seed: load(folder, seed=seed) for seed in seeds}  # before MLflow's PyTorch module, which takes 9 s

    import mlflow
    import mlflow.pytorch
    import numpy as np
    import torch
    from mlflow.models import infer_signature

    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    addresses: dict[str, str] = {}
    for seed, (network, description) in networks.items():
        # Two images: an export from a batch of one would fix the batch size at one.
        example = np.zeros((2, description.size, description.size, 3), dtype=np.uint8)
        with torch.no_grad():
            logits = network(torch.from_numpy(example)).numpy()
        with mlflow.start_run(run_id=run):
            logged: Any = mlflow.pytorch.log_model(
                network,
                name=f"{row}-seed-{seed}",
                signature=infer_signature(example, logits),
                input_example=example,
                serialization_format="pt2",
                pip_requirements=[f"torch=={torch.__version__.partition('+')[0]}"],
            )
        addresses[f"model.seed-{seed}"] = str(logged.model_uri)
    return addresses


def log_row(uri: str, run: str, folder: Path, *, row: str, classes: Sequence[str], opener: str) -> str:
    """Log a row for `mlflow models serve`, and register it as the next version of the model `row`.

    The model takes the bytes of JPEG, PNG and TIFF files in the column `image`; see `galaxy.tracking.served_row`.

    Args:
        uri: Address of the store.
        run: Identifier of the run.
        folder: Folder of the stored networks, which is copied into the store.
        row: Name of the row and of the registered model.
        classes: Names of the classes.
        opener: `module:function` that returns, for such a folder, a function from files to columns. The module also
            has a function `class_columns`, which returns the names of the columns of the classes.

    Returns:
        The address of the logged model.
    """
    import mlflow
    import torch
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    named = importlib.import_module(opener.partition(":")[0]).class_columns(classes)
    numbers = [ColSpec("double", name, required=False) for name in ("confidence", *named)]
    columns: list[Any] = [ColSpec("string", "predicted", required=False), *numbers, ColSpec("string", "reason")]
    with mlflow.start_run(run_id=run):
        logged: Any = mlflow.pyfunc.log_model(
            name=row,
            python_model=str(Path(__file__).with_name("served_row.py")),
            artifacts={"row": str(folder)},
            model_config={"opener": opener},
            signature=ModelSignature(inputs=Schema([ColSpec("binary", "image")]), outputs=Schema(columns)),
            registered_model_name=row,
            pip_requirements=["galaxy-morphology-benchmark", f"torch=={torch.__version__.partition('+')[0]}"],
        )
    return str(logged.model_uri)
