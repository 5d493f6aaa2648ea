"""Trained networks as MLflow models: an exported graph with signature and example, no pickle."""

from pathlib import Path
from typing import Any

import mlflow
import mlflow.pytorch
import numpy as np
import torch
from mlflow.models import infer_signature

from galaxy.models.stored import load_network


def log_models(uri: str, run: str, folder: Path, *, row: str, seeds: list[int]) -> dict[str, str]:
    """Log each training of a row under the run and register it as the next version of the model `row`.

    The model takes (B, S, S, 3) uint8 images and gives (B, K) logits. Returns the address of each model by seed.

    Raises:
        InputError: the folder holds no such network, or a file of it is damaged.
    """
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    addresses: dict[str, str] = {}
    for seed in seeds:
        network, description = load_network(folder, seed=seed)
        # Two images: an export from a batch of one would fix the batch at one.
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
