"""torchvision's weights from a server that breaks off."""

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from galaxy.data.fetch.http_download import download
from galaxy.errors import InputError
from galaxy.recipes import vgg_weights
from galaxy.recipes.vgg_weights import vgg_checkpoint


@pytest.fixture
def name(file_servers: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The name of weights of VGG11 on the first server; as for torchvision, it has the first digits of the hash."""
    server = file_servers[0]
    name = f"vgg11-{hashlib.sha256(server.content).hexdigest()[:8]}.pth"
    url = server.url.replace("galaxies.h5", name)
    monkeypatch.setitem(vgg_weights._WEIGHTS, (11, False), SimpleNamespace(url=url))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    return name


def test_a_broken_download_goes_on_where_it_stopped(file_servers: list[Any], name: str, tmp_path: Path) -> None:
    server = file_servers[0]
    server.faults = [None, ("break", 50_000)]  # the first request asks for the size alone
    found = vgg_checkpoint(11, batch_norm=False, folder=tmp_path / "weights")
    assert found == tmp_path / "weights" / name
    assert found.read_bytes() == server.content
    assert server.requests[2]["Range"] == "bytes=50000-"


def test_a_later_call_goes_on_as_well(file_servers: list[Any], name: str, tmp_path: Path) -> None:
    server = file_servers[0]
    (tmp_path / f"{name}.part").write_bytes(server.content[:123_456])
    vgg_checkpoint(11, batch_norm=False, folder=tmp_path)
    assert server.requests[-1]["Range"] == "bytes=123456-"
    assert (tmp_path / name).read_bytes() == server.content


def test_other_bytes_are_not_kept(file_servers: list[Any], name: str, tmp_path: Path) -> None:
    file_servers[0].faults = [None, "corrupt", "corrupt"]
    with pytest.raises(InputError, match=r"weights of VGG11: .* fetched twice, .* nothing was kept; or fetch http"):
        vgg_checkpoint(11, batch_norm=False, folder=tmp_path)
    assert not (tmp_path / name).exists()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("name")
def test_a_server_that_refuses_is_named_with_what_to_do(file_servers: list[Any], tmp_path: Path) -> None:
    file_servers[0].faults = [("status", 404)]
    with pytest.raises(InputError, match=r"VGG11: .*answers 404\).*; or fetch http.* and put it in .* or give weights"):
        vgg_checkpoint(11, batch_norm=False, folder=tmp_path)


def test_a_size_that_the_server_does_not_say_is_refused(file_servers: list[Any], tmp_path: Path) -> None:
    server = file_servers[0]
    server.faults = ["no length"]
    with pytest.raises(InputError, match="does not say how many bytes the file has"):
        download([server.url], tmp_path / "g.pth", size=None, sha256=hashlib.sha256(server.content).hexdigest()[:8])
