import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.growth import STEPS, work, write_file


def test_each_step_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (300, 16, 16, 3), dtype=np.uint8)
    write_file(tmp_path / "galaxies.h5", pictures)
    for step in STEPS:
        work(step, tmp_path, len(pictures))
        found = json.loads(capsys.readouterr().out)
        assert found["seconds"] > 0
        assert found["memory"] > 10
    assert len((tmp_path / "manifest.csv").read_text().splitlines()) == 301
