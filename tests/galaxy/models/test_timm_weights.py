import hashlib
from pathlib import Path

import pytest
import requests
import timm
from huggingface_hub.errors import LocalEntryNotFoundError

from galaxy.errors import InputError
from galaxy.models import efficientnet_lite0, timm_weights
from galaxy.models.timm_weights import check_hub_file, timm_checkpoint


def test_weights_that_cannot_be_fetched_are_named_with_where_they_lie(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
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


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "Permission denied")])
def test_other_weights_replace_the_hubs_only_where_it_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: OSError
) -> None:
    def fails(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr(requests, "head", lambda *_, **__: None)
    monkeypatch.setattr(timm_weights, "hf_hub_download", fails)
    monkeypatch.setattr(efficientnet_lite0, "is_installed", lambda: True)
    monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: tmp_path / "packaged.pth")
    with pytest.raises(InputError, match="efficientnet_lite0"):
        timm_checkpoint("efficientnet_lite0", folder=tmp_path)
    error = LocalEntryNotFoundError("no network")
    assert timm_checkpoint("efficientnet_lite0", folder=tmp_path) == tmp_path / "packaged.pth"


def test_a_file_of_the_hub_is_checked_against_its_name(tmp_path: Path) -> None:
    whole = tmp_path / hashlib.sha256(b"weights").hexdigest()
    whole.write_bytes(b"weights")
    (tmp_path / "model.safetensors").symlink_to(whole)
    check_hub_file(tmp_path / "model.safetensors")
    whole.write_bytes(b"weightz")
    with pytest.raises(InputError, match="is damaged: its SHA-256 is not the one that the hub publishes"):
        check_hub_file(tmp_path / "model.safetensors")
