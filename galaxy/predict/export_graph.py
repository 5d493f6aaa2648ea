"""Exports a trained row as one graph from pixels to probabilities, for ONNX and torch.export."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from galaxy.errors import InputError
from galaxy.predict.trained_row import TrainedRow

ONNX_FILE = "model.onnx"
TORCH_FILE = "model.pt2"
OPSET = 18
TOLERANCE = 1e-4
"""Largest allowed difference between a probability of an exported graph and the network's."""


class Whole(nn.Module):
    """Maps (N, S, S, 3) uint8 images to (N, K) probabilities: normalisation, all networks, softmax and mean."""

    def __init__(self, row: TrainedRow) -> None:
        super().__init__()
        self.networks = nn.ModuleList(row.networks)
        self.requires_grad_(requires_grad=False)
        self.eval()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the mean of the networks' probabilities."""
        found = []
        for network in self.networks:
            features = network.frozen_part(network.normalise(images))  # type: ignore[operator]
            found.append(torch.softmax(network.learning_part(features), dim=1))  # type: ignore[operator]
        return torch.stack(found).mean(dim=0)


def export_graphs(row: TrainedRow, folder: Path, images: NDArray[np.uint8]) -> dict[str, float]:
    """Write `model.pt2` and `model.onnx`, with any batch size, and compare what they compute with the row.

    Args:
        row: The networks, on the CPU.
        folder: Folder for the files.
        images: (N, S, S, 3) uint8 images to compare with, N at least 2.

    Returns:
        For each file, the largest difference between one of its probabilities and the row's.

    Raises:
        InputError: If an optional package is missing, the network cannot be exported, or a graph differs by more than
            `TOLERANCE`.
        OSError: If a file cannot be written.
    """
    runtime = _onnxruntime()
    expected = np.concatenate([row.classify(images[start : start + 64])[0] for start in range(0, len(images), 64)])
    shapes = ({0: torch.export.Dim("batch", min=1)},)
    try:
        with warnings.catch_warnings(action="ignore"):
            program = torch.export.export(Whole(row), (torch.from_numpy(images[:2].copy()),), dynamic_shapes=shapes)
            saved = io.BytesIO()  # torch ends the whole process where it cannot write a file itself
            torch.export.save(program, saved)
            onnx = torch.onnx.export(
                program,
                dynamo=True,
                opset_version=OPSET,
                input_names=["images"],
                output_names=["probability"],
                dynamic_shapes=shapes,  # for a program they change only the name of the axis
                verbose=False,
            )
            if onnx is None:
                raise RuntimeError("nothing was exported")
            graph = onnx.model_proto.SerializeToString()
            saved.seek(0)
            loaded = torch.export.load(saved).module()
            from_torch = loaded(torch.from_numpy(images)).numpy()
    except Exception as error:  # noqa: BLE001 -- torch's exporters raise anything for what they do not know
        reason = " ".join(str(error).split())[:160]
        raise InputError(f"{row.description.row} cannot be exported as a graph ({reason}); use --no-graphs") from None
    (folder / TORCH_FILE).write_bytes(saved.getbuffer())
    (folder / ONNX_FILE).write_bytes(graph)
    session = runtime.InferenceSession(folder / ONNX_FILE, providers=["CPUExecutionProvider"])
    from_onnx = session.run(None, {"images": images})[0]
    differences = {
        ONNX_FILE: float(np.abs(from_onnx - expected).max()),
        TORCH_FILE: float(np.abs(from_torch - expected).max()),
    }
    for name, difference in differences.items():
        if not difference <= TOLERANCE:
            raise InputError(
                f"{name} computes probabilities that differ by {difference:.1g} from those of the network, and at "
                f"most {TOLERANCE:g} is allowed; use --no-graphs, and report this network"
            )
    return differences


def _onnxruntime() -> Any:
    try:
        import onnx  # noqa: F401
        import onnxruntime
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"{error.name} is not installed: pip install 'galaxy-morphology-benchmark[export]', or use --no-graphs"
        ) from None
    return onnxruntime
