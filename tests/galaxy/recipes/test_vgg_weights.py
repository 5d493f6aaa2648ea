import errno
import hashlib
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from galaxy.errors import InputError
from galaxy.recipes import vgg_weights
from galaxy.recipes.vgg_weights import vgg_checkpoint


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> bytes:
    """Make weights of VGG11 whose published name contains their hash, and which cannot be downloaded."""
    content = b"weights"
    name = f"vgg11-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    monkeypatch.setitem(vgg_weights._WEIGHTS, (11, False), SimpleNamespace(url=f"https://example.org/models/{name}"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))

    def unreachable(*arguments: object, **named: object) -> None:
        raise InputError("the file cannot be downloaded (no network)")

    monkeypatch.setattr(vgg_weights, "download", unreachable)
    return content


def test_weights_are_found_where_a_person_or_torch_has_put_them(published: bytes, tmp_path: Path) -> None:
    name = f"vgg11-{hashlib.sha256(published).hexdigest()[:8]}.pth"
    for folder in (tmp_path / "hub" / "checkpoints", tmp_path / "weights"):
        folder.mkdir(parents=True)
        (folder / name).write_bytes(published)
        assert vgg_checkpoint(11, batch_norm=False, folder=tmp_path / "weights") == folder / name


def test_damaged_weights_are_refused(published: bytes, tmp_path: Path) -> None:
    name = f"vgg11-{hashlib.sha256(published).hexdigest()[:8]}.pth"
    (tmp_path / name).write_bytes(published + b"x")
    with pytest.raises(InputError, match="is damaged"):
        vgg_checkpoint(11, batch_norm=False, folder=tmp_path)


def test_where_nothing_can_be_fetched_one_line_says_what_to_do(published: bytes, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"fetch https://example\.org/models/vgg11-\w+\.pth .*put it in .*/ under its"
    ) as e:
        vgg_checkpoint(11, batch_norm=False, folder=tmp_path)
    assert "\n" not in str(e.value)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("number", "remedy"), [(errno.ENOSPC, "make room for .* and run again"), (errno.EACCES, "make .* writable and run")]
)
def test_a_full_or_protected_disk_is_not_called_a_missing_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, remedy: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(vgg_weights, "download", full)
    with pytest.raises(InputError, match=rf"VGG11 cannot be fetched \(.*{os.strerror(number)}\): {remedy}"):
        vgg_checkpoint(11, batch_norm=False, folder=tmp_path)
