import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from galaxy.cli import app

CODE = Path(__file__).resolve().parents[2]


def test_help_says_what_each_command_does_in_one_line() -> None:
    command = get_command(app)
    names = list(command.commands)  # type: ignore[attr-defined]
    done = subprocess.run(
        [sys.executable, "-m", "galaxy.cli", "--help"], cwd=CODE, capture_output=True, text=True, check=True
    )
    lines = done.stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == names
    assert [line for line in lines if line.endswith("...")] == []


def test_threads_of_commands_wait_without_spinning() -> None:
    code = (
        "import os, sys; from galaxy.cli import main; sys.argv = ['galaxy', 'predict', '--help']\n"
        "try: main()\n"
        "finally: print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    )
    for given, expected in ({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active"):
        environment = {"PYTHONPATH": str(CODE), "PATH": "/usr/bin:/bin", **given}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == f"{expected} False"


@pytest.mark.parametrize("name", ["predict", "similar", "labels", "map", "serve", "plots", "verify", "tracking", "ui"])
def test_each_command_has_help(name: str) -> None:
    command = [sys.executable, "-m", "galaxy.cli", name, "--help"]
    done = subprocess.run(command, cwd=CODE, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: ")
