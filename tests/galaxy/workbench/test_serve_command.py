import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.predict.options import Options
from galaxy.workbench.serve_command import serve
from tests.galaxy.predict.rows import make_row
from tests.root import ROOT


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"^port {port} cannot be used \(.*\); give another with --port$"):
            serve("custom", models=tmp_path, port=port, options=Options(), say=print)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_the_server_without_a_traceback(tmp_path: Path, times: int) -> None:
    command = [sys.executable, "-m", "galaxy.cli", "serve", str(make_row(tmp_path)), "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().split()[0]
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 -- an address of this machine
            assert answer.status == 200
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)  # or both would be one signal
        said = process.stdout.read() + process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert said == ""
