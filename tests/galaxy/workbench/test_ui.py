import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from galaxy.errors import InputError
from galaxy.workbench import ui
from galaxy.workbench.ui import COLUMNS, serve_mlflow


class MLflow(BaseHTTPRequestHandler):
    """The two calls of MLflow's server that are used, with what it was sent."""

    sent: list[dict[str, Any]]
    known = True
    login = ""
    page: bytes | None = None
    written = 200

    def do_GET(self) -> None:
        if self.login and self.headers.get("Authorization") != self.login:
            self._answer(401, {})
        elif self.page is not None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.page)
        elif self.known and self.path == "/api/2.0/mlflow/experiments/get-by-name?experiment_name=galaxy-morphology":
            self._answer(200, {"experiment": {"experiment_id": "7"}})
        else:
            self._answer(404, {"error_code": "RESOURCE_DOES_NOT_EXIST"})

    def do_POST(self) -> None:
        assert self.path == "/api/2.0/mlflow/experiments/set-experiment-tag"
        self.sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(self.written, {})

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    MLflow.sent, MLflow.known, MLflow.login, MLflow.page, MLflow.written = [], True, "", None, 200
    with ThreadingHTTPServer(("127.0.0.1", 0), MLflow) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{running.server_port}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        yield address
        running.shutdown()


def test_the_address_opens_the_list_of_runs_with_its_columns(server: str, tmp_path: Path) -> None:
    said: list[str] = []
    serve_mlflow(tmp_path, 5000, say=said.append)
    (address,) = said
    assert address.startswith(f"{server}/#/experiments/7/runs?viewStateShareKey=galaxy")
    assert "workflowType=machine_learning" in address
    tags = {sent["key"]: sent["value"] for sent in MLflow.sent}
    assert all(sent["experiment_id"] == "7" for sent in MLflow.sent)
    assert json.loads(tags["mlflow.sharedViewState.galaxy"])["selectedColumns"] == list(COLUMNS)
    assert tags["mlflow.experimentKind"] == "custom_model_development"


def test_a_store_without_runs_says_what_makes_some(server: str, tmp_path: Path) -> None:
    MLflow.known = False
    said: list[str] = []
    serve_mlflow(tmp_path, 5000, say=said.append)
    assert said == [f"{server} has no runs yet; `make repro` makes some"]


def test_a_taken_port_is_an_error_that_names_a_free_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} is taken by another program; use `make ui PORT=") as raised:
            serve_mlflow(tmp_path, port, say=print)
    free = int(str(raised.value).rpartition("=")[2].strip("`"))
    assert free > port
    with socket.create_server(("127.0.0.1", free)):
        pass


def test_a_proxy_is_not_asked_for_this_machine(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    said: list[str] = []
    serve_mlflow(tmp_path, 5000, say=said.append)
    assert said[0].startswith(server)


def test_a_server_with_a_login_gets_what_the_client_of_mlflow_sends(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TOKEN", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)
    MLflow.login = "Basic bmFtZTp3b3Jk"
    with pytest.raises(InputError, match=r"asks for a login \(HTTP Error 401: .*\); set MLFLOW_TRACKING_USERNAME"):
        serve_mlflow(tmp_path, 5000, say=print)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "name")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "word")
    serve_mlflow(tmp_path, 5000, say=print)
    MLflow.login = "Bearer secret"
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    serve_mlflow(tmp_path, 5000, say=print)


@pytest.mark.parametrize("page", [b"<html>log in first</html>", b"[]", b'{"experiment": null}', b""])
def test_a_server_of_another_kind_is_one_line(server: str, tmp_path: Path, page: bytes) -> None:
    MLflow.page = page
    with pytest.raises(InputError, match=f"{server} does not answer as MLflow does .*; correct MLFLOW_TRACKING_URI"):
        serve_mlflow(tmp_path, 5000, say=print)


def test_a_login_that_may_only_read_still_gets_the_address(server: str, tmp_path: Path) -> None:
    MLflow.written = 403
    said: list[str] = []
    serve_mlflow(tmp_path, 5000, say=said.append)
    assert said[0].startswith(f"{server}/#/experiments/7/runs (the columns of the list could not be stored: HTTP Err")


def test_above_the_largest_port_a_smaller_free_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui, "_is_free", lambda port: port == 2000)
    assert ui._free_port(65535) == 2000
