import errno
import resource
import signal
from pathlib import Path

import pytest
import torch
from torch import nn

from galaxy.errors import InputError
from galaxy.predict.export_graph import export_graphs
from galaxy.predict.trained_row import TrainedRow, load_row
from tests.galaxy.predict.rows import CPU, galaxies, make_reference, make_row


@pytest.fixture
def row(tmp_path: Path) -> TrainedRow:
    folder = make_row(tmp_path)
    make_reference(tmp_path, folder)
    return load_row(folder, device=CPU)


def test_a_network_that_cannot_be_exported_is_one_line(row: TrainedRow, tmp_path: Path) -> None:
    class Stubborn(nn.Module):
        def forward(self, features: torch.Tensor) -> torch.Tensor:
            return features * float(features.sum())  # depends on a value, which no graph knows

    network = row.networks[0].network
    row.networks[0].network = nn.Sequential(*network.children(), Stubborn())
    with pytest.raises(InputError, match="custom cannot be exported as a graph .*; use --no-graphs"):
        export_graphs(row, tmp_path, galaxies(2))
    assert not (tmp_path / "model.onnx").exists()


def test_a_full_disk_is_no_fault_of_the_network(row: TrainedRow, tmp_path: Path) -> None:
    limits, action = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            export_graphs(row, tmp_path, galaxies(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, action)
    assert caught.value.errno == errno.EFBIG
