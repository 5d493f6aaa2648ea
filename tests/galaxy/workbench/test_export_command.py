"""Exports and uploads a row, with a stand-in for the Hugging Face hub on this machine."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from galaxy.errors import InputError
from galaxy.predict.find_row import find_row
from galaxy.predict.trained_row import load_row
from galaxy.workbench.export_command import export
from tests.galaxy.predict.rows import CPU, make_row

constants = pytest.importorskip("huggingface_hub.constants")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """Answers the requests with which huggingface_hub creates a repository, uploads a folder and fetches it again."""

    files: dict[str, bytes]
    token: str

    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def answer(self, content: bytes | object, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "X-Repo-Commit": COMMIT, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Authorization"] != f"Bearer {self.token}":
            self.answer({"error": "Invalid credentials"}, 401)
        elif self.path == "/api/repos/create":
            self.answer({"url": f"{constants.ENDPOINT}/me/galaxies"})
        elif "/preupload/" in self.path:
            names = [one["path"] for one in json.loads(body)["files"]]
            self.answer({"files": [{"path": n, "uploadMode": "regular", "shouldIgnore": False} for n in names]})
        elif "/commit/" in self.path:
            lines = [json.loads(line) for line in body.splitlines()]
            for one in (line["value"] for line in lines if line["key"] == "file"):
                self.files[one["path"]] = base64.b64decode(one["content"])
            self.answer({"commitUrl": f"{constants.ENDPOINT}/me/galaxies/commit/{COMMIT}", "commitOid": COMMIT})
        else:
            self.answer({"errors": [], "warnings": []})  # of the card's header

    def do_GET(self) -> None:
        if "/tree/" in self.path:
            self.answer([{"type": "file", "path": n, "size": len(c), "oid": COMMIT} for n, c in self.files.items()])
        elif "/api/models/me/galaxies" in self.path:
            self.answer({"id": "me/galaxies", "sha": COMMIT, "siblings": [{"rfilename": name} for name in self.files]})
        elif (name := self.path.rpartition("/")[2]) in self.files:
            content = self.files[name]
            self.answer(content, ETag=f'"{hashlib.sha256(content).hexdigest()}"')
        else:
            self.answer({"error": "not here"}, 404)

    do_HEAD = do_GET  # noqa: N815 -- the name that the server looks for


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    handler = type("OneHub", (Hub,), {"files": {}, "token": "hf_stand_in"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.partition("/{repo_id}")
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "".join(template[1:]))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_TOKEN", "hf_stand_in")
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def run(root: Path, output: str, push: str | None) -> list[str]:
    return export("custom", root / output, models=root / "models", graphs=False, overwrite=False, push=push)


def test_a_pushed_row_is_the_folder_and_can_be_fetched_again(hub: type[Hub], tmp_path: Path) -> None:
    make_row(tmp_path)
    lines = run(tmp_path, "exported", "me/galaxies")
    assert lines[-1].startswith("uploaded to http://127.0.0.1")
    written = {path.name: path.read_bytes() for path in (tmp_path / "exported").iterdir()}
    assert hub.files == written
    assert {"README.md", "config.json", "model.json", "preprocessing.json", "seed-0.safetensors"} <= set(written)
    fetched = find_row("hf://me/galaxies", tmp_path / "nothing")
    assert load_row(fetched, device=CPU).description == load_row(tmp_path / "exported", device=CPU).description


def test_an_upload_that_is_refused_leaves_the_folder(
    hub: type[Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_row(tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_another")
    with pytest.raises(InputError, match=r"^me/galaxies cannot be uploaded \(.*; the folder .*exported is complete$"):
        run(tmp_path, "exported", "me/galaxies")
    assert hub.files == {}
    assert load_row(tmp_path / "exported", device=CPU).description.row == "custom"
