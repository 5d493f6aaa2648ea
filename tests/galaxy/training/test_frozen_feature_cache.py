import errno
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from galaxy.training import frozen_feature_cache
from galaxy.training.batch_source import array_source
from galaxy.training.frozen_feature_cache import feature_source, features_of
from galaxy.training.precision import Precision
from tests.galaxy.models.classifiers import build, images

CPU = torch.device("cpu")
COUNT = 11


def features(folder: Path, *, name: str = "deep", key: str = "k", limit: int = 1 << 30, chunk: int = 4) -> Any:
    source = array_source(images(COUNT).numpy(), np.arange(COUNT), CPU)
    return features_of(
        build(name), source, COUNT, chunk=chunk, precision=Precision(CPU), folder=folder, key=key, limit=limit
    )


@pytest.mark.parametrize(("name", "shape"), [("deep", (COUNT, 4, 4, 8)), ("shallow", (COUNT, 8))])
def test_features_are_what_the_frozen_part_gives(tmp_path: Path, name: str, shape: tuple[int, ...]) -> None:
    found = features(tmp_path, name=name)
    assert found.shape == shape
    classifier = build(name)
    with torch.no_grad():
        expected = classifier.frozen_part(classifier.normalise(images(COUNT)))
    batch = feature_source(found, np.arange(COUNT), CPU, torch.float32)(torch.arange(COUNT))
    torch.testing.assert_close(batch, expected, rtol=1e-5, atol=1e-6)
    if batch.ndim == 4:
        assert batch.is_contiguous(memory_format=torch.channels_last)


def test_they_are_computed_once_per_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = features(tmp_path)
    monkeypatch.setattr("galaxy.training.frozen_feature_cache._compute", None)
    assert np.array_equal(features(tmp_path), first)
    with pytest.raises(TypeError):
        features(tmp_path, key="other")


def test_two_at_once_compute_them_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []
    before = frozen_feature_cache._compute_all

    def slowly(network: Any, images: Any, items: int, path: Path, **settings: Any) -> Any:
        calls.append(path)
        time.sleep(0.2)
        return before(network, images, items, path, **settings)

    monkeypatch.setattr(frozen_feature_cache, "_compute_all", slowly)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: features(tmp_path), range(2))
    assert len(calls) == 1
    assert np.array_equal(one, other)


def test_damaged_features_are_computed_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = features(tmp_path)
    path = tmp_path / "k.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert np.array_equal(features(tmp_path), first)
    assert "are damaged; they are computed again" in caplog.text


def test_large_features_stay_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not isinstance(features(tmp_path), np.memmap)
    monkeypatch.setattr("galaxy.training.frozen_feature_cache._IN_MEMORY", 10)
    assert isinstance(features(tmp_path), np.memmap)


def test_disk_use_is_bounded_and_the_longest_unused_go_first(tmp_path: Path) -> None:
    import os

    size = features(tmp_path, key="a").nbytes
    limit = int(2.5 * (size + 200))
    features(tmp_path, key="b", limit=limit)
    for age, key in ((30, "a"), (20, "b")):
        os.utime(tmp_path / f"{key}.npy", (1e9 - age, 1e9 - age))
    features(tmp_path, key="a", limit=limit)  # used again: b is now the oldest
    features(tmp_path, key="c", limit=limit)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.npy", "c.json", "c.npy", "lock"]


def test_old_features_make_room_on_a_small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = features(tmp_path, key="a").nbytes + 200
    disk = int(2.5 * size)  # of which half, more than one array and less than two, may be used
    (tmp_path / "gone.npy").symlink_to(tmp_path / "nowhere")  # as if removed while the folder is read
    (tmp_path / ".d.npy.1.ab.part").write_bytes(b"left by a run that was killed")

    def usage(folder: Path) -> Any:
        stored = [path for path in folder.iterdir() if path.exists()]
        return SimpleNamespace(free=disk - sum(path.stat().st_size for path in stored))

    def allocate(handle: int, offset: int, length: int) -> None:
        if length > usage(tmp_path).free:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("galaxy.training.frozen_feature_cache.shutil.disk_usage", usage)
    monkeypatch.setattr("galaxy.reserved_memmap.os.posix_fallocate", allocate)
    assert features(tmp_path, key="b") is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.json", "b.npy", "gone.npy", "lock"]


def test_features_above_the_limit_are_not_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert features(tmp_path, limit=100) is None
    assert "more than the cache may hold" in caplog.text
    assert not list(tmp_path.glob("*.npy"))
