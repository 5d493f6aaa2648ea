from pathlib import Path

import pytest

from galaxy import nvidia_driver
from galaxy.nvidia_driver import has_nvidia_driver


def test_any_sign_of_the_driver_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    signs = tuple(tmp_path / name for name in ("version", "nvidiactl", "libcuda.so.1"))
    monkeypatch.setattr(nvidia_driver, "_SIGNS", signs)
    assert not has_nvidia_driver()
    for sign in signs:
        sign.touch()
        assert has_nvidia_driver()
        sign.unlink()
