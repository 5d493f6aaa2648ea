"""The command `galaxy export`: finds the row's files, exports them, and uploads the folder on request."""

from pathlib import Path

import numpy as np
import torch

from galaxy.data.manifest import SPLITS
from galaxy.data.store import open_store
from galaxy.errors import InputError
from galaxy.predict.export import export_row
from galaxy.predict.find_row import find_row, trained_rows
from galaxy.predict.model_card import read_evaluation
from galaxy.predict.reference import reference_of
from galaxy.predict.trained_row import TrainedRow, load_row
from galaxy.predictions import load_predictions
from galaxy.workbench.cluster_names import cluster_rows
from galaxy.workbench.find_training_data import training_data
from galaxy.workbench.output_rules import refuse_outs

_COMPARED = 512
"""Number of test galaxies on which the exported graphs are compared with the network."""


def export(name: str, output: Path, *, models: Path, graphs: bool, overwrite: bool, push: str | None) -> list[str]:
    """Export a trained row into a folder, and upload it where `push` names a repository of the hub.

    Args:
        name: Name of the row, or path of its folder.
        output: Folder to write.
        models: Folder of the trained rows.
        graphs: Whether to write graphs for ONNX and torch.export, and to compare them with the network.
        overwrite: Whether an existing folder may be replaced.
        push: Name of a repository of the Hugging Face hub, such as `owner/name`; None uploads nothing.

    Returns:
        Lines for the user.

    Raises:
        InputError: If the row or the folder cannot be used, or the upload fails.
    """
    refuse_outs(output)
    if name in cluster_rows(models.parent):
        raise InputError(
            f"{name} is a row of clusters, which cannot be exported, because it has no weights of its own: it is "
            "fitted again from the pipeline's files; rows that can be exported: "
            f"{', '.join(trained_rows(models)) or 'none'}"
        )
    folder = find_row(name, models)
    root = folder.parent.parent
    row = load_row(folder, device=torch.device("cpu"))
    predictions = root / "predictions" / f"{row.description.row}.npz"
    differences = export_row(
        row,
        output,
        data=training_data(folder, manifest=row.description.manifest),
        reference=reference_of(row, predictions=predictions, store=root / "store"),
        evaluation=read_evaluation(root / "evaluation" / f"{row.description.row}.json", row.description),
        images=_test_images(row, predictions, root / "store") if graphs else None,
        overwrite=overwrite,
    )
    lines = [f"{file}: probabilities within {value:.1g} of the network's" for file, value in differences.items()]
    lines.append(f"{output}: {name} exported; galaxy predict and galaxy.load take this folder in place of a row")
    if push is not None:
        lines.append(f"uploaded to {_push(output, push)}")
    return lines


def _test_images(row: TrainedRow, predictions: Path, store: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    if not predictions.is_file() or not store.is_dir():
        raise InputError(
            f"the exported graphs are compared on the test galaxies, but {predictions} or {store} does not "
            "exist; use --no-graphs"
        )
    test = load_predictions(predictions).where(SPLITS[-1])
    images = open_store(store)
    chosen = images.images[images.rows_of(test.id[:: max(1, len(test.id) // _COMPARED)])]
    if chosen.shape[1] != row.description.size:
        raise InputError(
            f"{store} contains images of {chosen.shape[1]} px, but {row.description.row} was trained on another "
            "size; train it again"
        )
    return np.asarray(chosen)


def _push(folder: Path, repository: str) -> str:
    try:
        from huggingface_hub import HfApi
    except ImportError:
        raise InputError("the hub needs huggingface_hub: pip install 'galaxy-morphology-benchmark[export]'") from None
    api = HfApi()
    try:
        api.create_repo(repository, exist_ok=True)
        return str(api.upload_folder(repo_id=repository, folder_path=folder))
    except Exception as error:  # noqa: BLE001 -- network, login and names fail in many ways
        reason = " ".join(str(error).split())[:160]
        raise InputError(f"{repository} cannot be uploaded ({reason}); the folder {folder} is complete") from None
