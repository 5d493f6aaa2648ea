"""Embedding with several processes."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from galaxy.errors import InputError
from stages.embed_processes import gather_parts


def squares(share: NDArray[np.int64], _: int, path: Path) -> None:
    np.save(path, (share[:, None] ** 2).astype(np.float32))


def refuse(share: NDArray[np.int64], rank: int, path: Path) -> None:
    if rank:
        raise InputError("the adapter is damaged; tune again")
    squares(share, rank, path)


def test_parts_come_back_in_order(tmp_path: Path) -> None:
    found = gather_parts(squares, 5, processes=2, folder=tmp_path)
    assert found[:, 0].tolist() == [0, 1, 4, 9, 16]


def test_bad_input_in_a_process_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"\Athe adapter is damaged; tune again\Z"):
        gather_parts(refuse, 4, processes=2, folder=tmp_path)
    assert "Traceback" not in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []
