"""Data and weights that only stages need which will not run need not be on this machine."""

import http.server
import threading
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML

from galaxy.workbench.check_data import source_problems
from galaxy.workbench.check_networks import weight_problems
from galaxy.workbench.settled_stages import settled_stages

PARAMS: dict[str, Any] = {
    "download": {"source": "galaxy10"},
    "models": {"own": {"kind": "custom"}},
    "train": {"lr": 1.0},
}


def write(folder: Path, *, code: str = "one") -> Path:
    """A pulled clone: dvc.lock, the lists of code that it records, and the outs."""
    (folder / "code").mkdir()
    (folder / "data").mkdir()
    stages = {}
    for name, script, keys in (("download", "download", ["download"]), ("train@own", "train", ["models.own", "train"])):
        (folder / "code" / f"{script}.txt").write_text(code)
        (folder / "data" / script).touch()
        recorded = {key: PARAMS["models"]["own"] if "." in key else PARAMS[key] for key in keys}
        stages[name] = {
            "cmd": name,
            "deps": [{"path": f"code/{script}.txt", "md5": md5(b"one", usedforsecurity=False).hexdigest()}],
            "params": {"params.yaml": recorded},
            "outs": [{"path": f"data/{script}"}],
        }
    YAML().dump({"schema": "2.0", "stages": stages}, folder / "dvc.lock")
    return folder


def test_stages_are_settled_until_settings_code_or_outs_differ(tmp_path: Path) -> None:
    assert settled_stages(tmp_path, PARAMS) == set()
    write(tmp_path)
    assert settled_stages(tmp_path, PARAMS) == {"download", "train@own"}
    assert settled_stages(tmp_path, PARAMS | {"train": {"lr": 2.0}}) == {"download"}
    assert settled_stages(tmp_path, PARAMS | {"models": {}}) == {"download"}
    (tmp_path / "data" / "train").unlink()
    assert settled_stages(tmp_path, PARAMS) == {"download"}
    (tmp_path / "code" / "download.txt").write_text("two")
    assert settled_stages(tmp_path, PARAMS) == set()


def test_another_content_of_a_file_in_params_makes_its_stage_run_again(tmp_path: Path) -> None:
    write(tmp_path)
    lock = YAML(typ="safe").load(tmp_path / "dvc.lock")
    entry = {"path": "inputs/download", "md5": md5(b"mine", usedforsecurity=False).hexdigest(), "size": 4}
    lock["stages"]["download"]["deps"].append(entry)
    YAML().dump(lock, tmp_path / "dvc.lock")
    assert settled_stages(tmp_path, PARAMS) == {"download", "train@own"}  # a fresh clone has no links yet
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "download").symlink_to("../mine.h5")
    for content, expected in ((b"mine", True), (b"MINE", False), (b"longer", False), (None, False)):
        (tmp_path / "mine.h5").write_bytes(content) if content else (tmp_path / "mine.h5").unlink()
        assert ("download" in settled_stages(tmp_path, PARAMS)) is expected


def test_weights_of_settled_rows_are_not_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setattr("galaxy.models.timm_weights.timm_checkpoint", lambda name, **_: asked.append(name))
    sections = {
        "models": {"res": SimpleNamespace(kind="timm", name="resnet18", weights="pretrained", channels=None)},
        "dino": SimpleNamespace(weights="pretrained", backbone="vit"),
        "dino_best": SimpleNamespace(network="dino", reduction="whitening"),
    }
    with_dino = {"dino-finetune-lora", "embed@dino", "embed@random-init", "embed-tuned", "dino-best"}
    for settled, expected in (
        (set(), ["resnet18", "vit"]),
        ({"download", "split", "train@res"}, ["vit"]),
        ({"split", "train@res"} | with_dino, ["resnet18", "vit"]),  # other galaxies, so everything trains again
        ({"download", "split", "train@res"} | with_dino, []),
    ):
        asked.clear()
        assert list(weight_problems(sections, settled)) == []
        assert asked == expected


@pytest.fixture
def server() -> Iterator[SimpleNamespace]:
    """A server that answers HEAD with a status of our choice."""
    chosen = SimpleNamespace(status=200, url="")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(chosen.status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        chosen.url = f"http://127.0.0.1:{running.server_port}/file"
        yield chosen
        running.shutdown()
        thread.join()


def test_servers_that_are_busy_or_know_no_head_answer(
    server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.delenv("GALAXY10_FILE", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("galaxy.data.fetch.galaxy10.URLS", (server.url,))
    sections = {"download": SimpleNamespace(source="galaxy10")}
    found = {}
    for status in (200, 405, 501, 503, 429, 403, 404):
        server.status = status
        found[status] = source_problems(sections)
    assert [status for status, problems in found.items() if problems] == [403, 404]
    assert f"put it at {tmp_path}/downloads/Galaxy10_DECals.h5" in found[404][0]
