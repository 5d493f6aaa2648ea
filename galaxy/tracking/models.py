"""Trained networks as MLflow models: an exported graph with its signature and an example, without pickle."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def log_models(uri: str, run: str, folder: Path, *, row: str, seeds: Sequence[int], loader: str) -> dict[str, str]:
    """Log each network of a row under its run and register it as the next version of the model `row`.

    The model takes (B, S, S, 3) uint8 images and returns (B, K) logits.

    Args:
        uri: Address of the store.
        run: Identifier of the run.
        folder: Folder of the stored networks.
        row: Name of the row and of the registered model.
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
                registered_model_name=row,
                pip_requirements=[f"torch=={torch.__version__.partition('+')[0]}"],
            )
        addresses[f"model.seed-{seed}"] = str(logged.model_uri)
    return addresses
