from pathlib import Path

import numpy as np
import pytest
import torch

from galaxy.training.batch_source import array_source

GPU = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))


@pytest.mark.parametrize("device", ["cpu", GPU])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_items_are_the_rows_of_the_array_in_the_order_asked_for(tmp_path: Path, device: str, dtype: str) -> None:
    np.save(tmp_path / "a.npy", np.arange(60, dtype=dtype).reshape(10, 2, 3))
    array = np.load(tmp_path / "a.npy", mmap_mode="r")
    rows = np.array([9, 0, 4, 4])
    source = array_source(array, rows, torch.device(device))
    found = source(torch.tensor([3, 1, 0]))
    assert found.device.type == device
    np.testing.assert_array_equal(found.cpu().numpy(), array[[4, 0, 9]])
    assert found.cpu().numpy().dtype == array.dtype
