import base64
import csv
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import h5py
import pytest
import torch
from mlflow.tracking import MlflowClient  # noqa: TID251 -- the test stands in for the sender
from PIL import Image

from galaxy.predict.classify import classify_inputs
from galaxy.predict.trained_row import load_row
from galaxy.tracking.mlflow_models import log_row
from tests.galaxy.predict.rows import NAMES, make_row

CODE = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ask(address: str, content: Any = None) -> bytes:
    data = None if content is None else json.dumps(content).encode()
    with urlopen(Request(address, data, {"Content-Type": "application/json"}), timeout=20) as answer:  # noqa: S310
        return bytes(answer.read())


@pytest.mark.filterwarnings("ignore")  # MLflow's own
@pytest.mark.filterwarnings("error:.*type hint")
def test_mlflow_serves_a_row_that_answers_like_predict(tmp_path: Path, real50: Path) -> None:
    folder, uri = make_row(tmp_path / "data"), f"sqlite:///{tmp_path / 'mlflow.db'}"
    with h5py.File(real50) as galaxies:
        for number, image in enumerate(galaxies["images"][:2]):
            Image.fromarray(image).save(tmp_path / f"{number}.png")
    (tmp_path / "2.png").write_text("no picture")
    client = MlflowClient(uri)
    run = client.create_run(client.create_experiment("one", (tmp_path / "artifacts").as_uri()))
    opener = "galaxy.predict.served:open_served"
    log_row(uri, run.info.run_id, folder, row="custom", classes=NAMES, opener=opener)
    assert not [path for path in (tmp_path / "artifacts").rglob("*") if path.suffix in (".pkl", ".pth", ".pt")]
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", "models:/custom/1"]
    serving = subprocess.Popen(
        [*command, "--env-manager", "local", "--port", str(port)],
        env=os.environ | {"MLFLOW_TRACKING_URI": uri, "PYTHONPATH": str(CODE), "GALAXY_DEVICE": "cpu"},
        stdout=(tmp_path / "log").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        for _ in range(300):
            assert serving.poll() is None, (tmp_path / "log").read_text()
            try:
                ask(f"http://127.0.0.1:{port}/ping")
                break
            except URLError:
                time.sleep(0.2)
        files = [[base64.b64encode((tmp_path / f"{number}.png").read_bytes()).decode()] for number in range(3)]
        request = {"dataframe_split": {"columns": ["image"], "data": files}}
        answer = json.loads(ask(f"http://127.0.0.1:{port}/invocations", request))["predictions"]
    finally:
        os.killpg(serving.pid, 15)
        serving.wait()
    assert "type hint" not in (tmp_path / "log").read_text()
    row = load_row(folder, device=torch.device("cpu"))
    classify_inputs(row, [tmp_path / f"{number}.png" for number in range(3)], tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(newline="") as file:
        expected = list(csv.DictReader(file))
    for one, other in zip(answer, expected, strict=True):
        assert (one["predicted"] or "") == other["predicted"]
        assert one["reason"] == other["reason"]
        for name in ("confidence", *NAMES):
            assert one[name] is None if other[name] == "" else one[name] == pytest.approx(float(other[name]), abs=1e-6)
    assert answer[2]["reason"] == "not a JPEG, PNG or TIFF picture"
