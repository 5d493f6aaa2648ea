"""Embedding with several processes."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from galaxy.errors import InputError
from galaxy.recipes.embed_processes import gather_parts


def squares(share: NDArray[np.int64], _: int, path: Path) -> None:
    np.save(path, (share[:, None] ** 2).astype(np.float32))


def refuse(share: NDArray[np.int64], rank: int, path: Path) -> None:
    if rank:
        raise InputError("the adapter is damaged; tune again")
    squares(share, rank, path)


def be_killed(share: NDArray[np.int64], rank: int, path: Path) -> None:
    if rank:
        os.kill(os.getpid(), signal.SIGKILL)
    squares(share, rank, path)


def test_parts_come_back_in_order(tmp_path: Path) -> None:
    found = gather_parts(squares, 5, processes=2, folder=tmp_path)
    assert found[:, 0].tolist() == [0, 1, 4, 9, 16]


def test_bad_input_in_a_process_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"\Athe adapter is damaged; tune again\Z"):
        gather_parts(refuse, 4, processes=2, folder=tmp_path)
    assert "Traceback" not in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_killed_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="process 2 of 2 was ended by SIGKILL; if the memory of this machine"):
        gather_parts(be_killed, 4, processes=2, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stage", ["stages.embed", "stages.train", "stages.dino_finetune_lora"])
def test_stages_that_compute_share_the_cores_and_allow_determinism(stage: str) -> None:
    code = f"""
        import os, runpy, sys
        import stages._stage
        def run_stage(_):
            print("torch" in sys.modules, int(os.environ["OMP_NUM_THREADS"]) * 2 <= max(2, os.cpu_count()))
            print(os.environ["CUBLAS_WORKSPACE_CONFIG"], os.environ["OMP_WAIT_POLICY"])
        stages._stage.run_stage = run_stage
        os.environ["GALAXY_PROCESSES"] = "2"
        for name in ("OMP_NUM_THREADS", "CUBLAS_WORKSPACE_CONFIG", "OMP_WAIT_POLICY"):
            os.environ.pop(name, None)
        runpy.run_module({stage!r}, run_name="__main__")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False True\n:4096:8 passive\n", "")
