import errno
import hashlib
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
import timm
import torch
from huggingface_hub.errors import LocalEntryNotFoundError

from galaxy.errors import InputError
from galaxy.models import timm_weights
from galaxy.models.timm_weights import timm_checkpoint
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


def test_timm_s_weights_likewise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unreachable(*arguments: object, **named: object) -> str:
        raise LocalEntryNotFoundError("no network")

    monkeypatch.setattr(requests, "head", lambda *_, **__: None)
    monkeypatch.setattr(timm_weights, "hf_hub_download", unreachable)
    with pytest.raises(
        InputError, match=r"fetch model\.safetensors of timm/resnet10t\.c3_in1k .*resnet10t\.safetensors"
    ):
        timm_checkpoint("resnet10t", folder=tmp_path)
    (tmp_path / "resnet10t.safetensors").write_bytes(b"")
    assert timm_checkpoint("resnet10t", folder=tmp_path) == tmp_path / "resnet10t.safetensors"
    monkeypatch.setattr(timm, "get_pretrained_cfg", lambda _: None)
    with pytest.raises(InputError, match="timm publishes no weights of 'test_vit5'"):
        timm_checkpoint("test_vit5", folder=tmp_path)


def test_without_a_network_the_hub_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise requests.ConnectionError("no network")

    monkeypatch.setattr(requests, "head", unreachable)
    monkeypatch.setattr(timm_weights, "hf_hub_download", lambda *_, **__: "downloaded")
    with pytest.raises(InputError, match=r"resnet10t cannot be fetched \(https\S+ cannot be reached\): run again"):
        timm_checkpoint("resnet10t", folder=tmp_path)
    monkeypatch.setattr(timm_weights, "try_to_load_from_cache", lambda *_: "a file")
    assert timm_checkpoint("resnet10t", folder=tmp_path) == Path("downloaded")
