"""Starts MLflow's page with a list of runs that has columns for accuracy, AUC, row and learning rate."""

import base64
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from types import FrameType
from typing import Any, Never
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from galaxy.errors import InputError
from galaxy.tracking.spool import find_uri

EXPERIMENT = "galaxy-morphology"
HOST = "127.0.0.1"
VIEW = "galaxy"
"""Name of the view in MLflow, which stores a view as a tag of the experiment."""

COLUMNS = (
    "metrics.`accuracy`",
    "metrics.`roc_auc`",
    "tags.`row`",
    "params.`train.lr`",
    "tags.`stage`",
    "tags.`profile`",
    "tags.`dvc_exp`",
    "attributes.`Duration`",
)

STATE = {
    "searchFilter": "",
    "orderByKey": "attributes.start_time",
    "orderByAsc": False,
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "modelVersionFilter": "All Runs",
    "datasetsFilter": [],
    "selectedColumns": list(COLUMNS),
}


def serve_mlflow(root: Path, port: int, *, say: Callable[[str], None]) -> None:
    """Start MLflow's page for the repository's store, report its address, and return when Ctrl-C ends it.

    If MLFLOW_TRACKING_URI names a server, nothing is started, and the address of that server is reported.

    Args:
        root: The repository.
        port: Port on 127.0.0.1.
        say: Called with the address once the page can be opened.

    Raises:
        InputError: If the port is taken, or MLflow does not start or does not answer.
    """
    uri = find_uri(root)
    if uri.startswith(("http://", "https://")):
        say(_address(uri.rstrip("/")))
        return
    if not _is_free(port):
        raise InputError(f"port {port} is taken by another program; use `make ui PORT={_free_port(port)}`")
    command = [sys.executable, "-m", "mlflow", "ui", "--host", HOST, "--port", str(port), "--backend-store-uri", uri]
    command += ["--workers", "1"]  # enough for one person; four workers would take four times as long to start
    # MLflow's own line with the address is hidden, because it leads to the page for language models.
    command += ["--uvicorn-opts", "--log-level warning"]
    # Without its queue for evaluations of language models MLflow has two processes instead of ten.
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PYTHONWARNINGS": "ignore:starlette.middleware.wsgi"}
    server = subprocess.Popen(command, cwd=root, env=quiet | os.environ)
    signal.signal(signal.SIGTERM, _leave)
    try:
        base = f"http://{HOST}:{port}"
        while not _answers(base):
            if server.poll() is not None:
                raise InputError(f"MLflow ended with status {server.returncode} before it could be opened; see above")
            time.sleep(0.2)
        say(_address(base))
        if server.wait():
            raise InputError(f"MLflow ended with status {server.returncode}; see above")
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        server.wait()


def _address(base: str) -> str:
    """Write the view of the list of runs to the experiment, and return the address of the list."""
    try:
        found = _call(base, "experiments/get-by-name?" + urlencode({"experiment_name": EXPERIMENT}))
        identity = str(found["experiment"]["experiment_id"])
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:  # of another program, for instance
        if (status := getattr(error, "code", None)) == 404:
            return f"{base} has no runs yet; `make repro` makes some"
        if status in (401, 403):
            raise InputError(
                f"{base} asks for a login ({error}); set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or "
                "MLFLOW_TRACKING_TOKEN"
            ) from None
        reason = str(error) or type(error).__name__
        raise InputError(f"{base} does not answer as MLflow does ({reason}); correct MLFLOW_TRACKING_URI") from None
    tags = {f"mlflow.sharedViewState.{VIEW}": json.dumps(STATE), "mlflow.experimentKind": "custom_model_development"}
    try:
        for key, value in tags.items():
            tag = {"experiment_id": identity, "key": key, "value": value}
            _call(base, "experiments/set-experiment-tag", tag)
    except (OSError, HTTPException, ValueError) as error:  # such as a login that may only read
        return f"{base}/#/experiments/{identity}/runs (the columns of the list could not be stored: {error})"
    view = {"viewStateShareKey": VIEW, "compareRunsMode": "TABLE", "workflowType": "machine_learning"}
    return f"{base}/#/experiments/{identity}/runs?{urlencode(view)}"


def _call(base: str, name: str, content: dict[str, Any] | None = None) -> Any:
    body = None if content is None else json.dumps(content).encode()
    headers = {"Content-Type": "application/json"} | _login()
    with _open(Request(f"{base}/api/2.0/mlflow/{name}", body, headers), timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def _login() -> dict[str, str]:
    """Return what MLflow's own client sends to a server that asks for a login."""
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    name, password = (os.environ.get(f"MLFLOW_TRACKING_{part}", "") for part in ("USERNAME", "PASSWORD"))
    coded = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {coded}"} if name else {}


def _open(request: Request, *, timeout: float) -> Any:
    """Open an address, without a proxy from the environment if it is an address of this machine."""
    here = urlsplit(request.full_url).hostname in {HOST, "localhost", "::1"}
    return build_opener(*[ProxyHandler({})] * here).open(request, timeout=timeout)


def _answers(base: str) -> bool:
    try:
        with _open(Request(f"{base}/health"), timeout=5):  # noqa: S310
            return True
    except OSError:
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()  # Linux lets two programs bind one port before either listens
        except OSError:
            return False
    return True


def _free_port(after: int) -> int:
    others = itertools.chain(range(after + 1, 65536), range(1024, after))
    return next(port for port in others if _is_free(port))


def _leave(number: int, frame: FrameType | None) -> Never:  # noqa: ARG001
    raise SystemExit(128 + number)
