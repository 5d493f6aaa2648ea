import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.workbench.parallel_repro import reproduce, thread_share
from tests.tiny_clone import clean_environment, command

CODE = Path(__file__).resolve().parents[3]
PIPELINE = """
stages:
  first: {cmd: "cp in first", deps: [in], outs: [first]}
  left: {cmd: "python wait.py left right && cp first left", deps: [first], outs: [left]}
  right: {cmd: "python wait.py right left && cp first right", deps: [first], outs: [right]}
  alone: {cmd: "cp other alone", deps: [other], outs: [alone]}
  last: {cmd: "cat left right > last", deps: [left, right], outs: [last]}
"""
LAST_THREE = """
stages:
  left: {cmd: "python wait.py left right && cp in left", deps: [in], outs: [left]}
  right: {cmd: "python wait.py right left && cp in right", deps: [in], outs: [right]}
  last: {cmd: "cat left right > last", deps: [left, right], outs: [last]}
"""
WAIT = """
import pathlib, sys, time
mine, other = (pathlib.Path(".dvc/tmp") / f"{name}.runs" for name in sys.argv[1:])
mine.touch()
while not other.exists():
    time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of which nothing has run."""
    folder = tmp_path_factory.mktemp("template")
    command("git", "init", "--quiet", cwd=folder)
    command("dvc", "init", "--quiet", cwd=folder)
    for name, text in {"dvc.yaml": PIPELINE, "wait.py": WAIT, "in": "1\n", "other": "2\n"}.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def root(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in clean_environment().items():
        monkeypatch.setenv(name, value)
    return Path(shutil.copytree(template, tmp_path, dirs_exist_ok=True))


def ran(lines: list[str]) -> set[str]:
    return {line.partition("]")[0][1:] for line in lines if "] Running stage" in line}


def test_independent_stages_run_at_once_and_leave_the_same_lock_file(root: Path) -> None:
    lines: list[str] = []
    reproduce(root, 2, say=lines.append)  # left and right wait for each other: one after the other would never end
    assert ran(lines) == {"first", "left", "right", "alone", "last"}
    assert (root / "last").read_text() == "1\n1\n"
    lock = (root / "dvc.lock").read_bytes()
    (root / "dvc.lock").unlink()
    command("dvc", "repro", cwd=root)  # from the run cache, in DVC's own order
    assert (root / "dvc.lock").read_bytes() == lock

    lines.clear()
    reproduce(root, 2, say=lines.append)
    assert lines == ["every stage is up to date"]

    (root / "other").write_text("3\n")
    reproduce(root, 2, say=lines.append)
    assert ran(lines) == {"alone"}


def test_after_a_failure_nothing_else_is_started(root: Path) -> None:
    (root / "dvc.yaml").write_text(LAST_THREE.replace("cp in left", "false"))
    lines: list[str] = []
    with pytest.raises(InputError, match="^left failed, see above; the stages that need it did not run$"):
        reproduce(root, 2, say=lines.append)
    assert (root / "right").exists()  # it ran beside the one that failed
    assert not (root / "last").exists()
    (root / "dvc.yaml").write_text(LAST_THREE)
    reproduce(root, 2, say=lines.append)
    assert (root / "last").exists()


def test_a_launcher_runs_every_stage_and_chooses_the_gpu(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    srun = tmp_path_factory.mktemp("slurm") / "srun"
    srun.write_text('#!/bin/sh\necho "$@" >> "$(dirname "$0")/asked"\nshift\nCUDA_VISIBLE_DEVICES=node exec "$@"\n')
    srun.chmod(0o755)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7,8")
    (root / "dvc.yaml").write_text(
        "stages:\n"
        "  alone: {cmd: 'echo $CUDA_VISIBLE_DEVICES > alone', deps: [other], outs: [alone]}\n"
        "  first: {cmd: cp in first, deps: [in], outs: [first]}\n"
    )
    monkeypatch.chdir(srun.parent)
    reproduce(root, 2, say=lambda _: None, launcher=["./srun", "--gpus=1"])
    assert (root / "alone").read_text() == "node\n"
    asked = (srun.parent / "asked").read_text().splitlines()
    assert {line.split()[-1] for line in asked} == {"first", "alone"}
    assert all(line.startswith("--gpus=1 ") for line in asked)
    with pytest.raises(InputError, match="^the launcher srun-of-no-cluster is neither on PATH nor the path of a"):
        reproduce(root, 2, say=lambda _: None, launcher=["srun-of-no-cluster"])


@pytest.mark.parametrize(
    ("given", "divide", "expected"), [(None, True, "share"), ("3", True, "3"), (None, False, "all")]
)
def test_threads_are_divided_on_request(
    root: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, divide: bool, expected: str
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if given is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    text = "stages:\n  alone: {cmd: 'echo ${OMP_NUM_THREADS:-all} > alone', deps: [other], outs: [alone]}\n"
    (root / "dvc.yaml").write_text(text.replace("${", "\\${"))
    reproduce(root, 2, say=lambda _: None, divide=divide)
    wanted = str(thread_share(2)) if expected == "share" else expected
    assert (root / "alone").read_text().strip() == wanted


def test_a_share_of_the_threads_is_at_least_one() -> None:
    cores = len(os.sched_getaffinity(0))
    assert (thread_share(1), thread_share(1000)) == (cores, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_running_commands(root: Path, number: signal.Signals) -> None:
    command_file = root / "sleep.py"
    command_file.write_text(
        "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(600)\n"
    )
    (root / "dvc.yaml").write_text("stages:\n  long: {cmd: python sleep.py, deps: [in], outs: [long]}\n")
    words = [sys.executable, "-P", "-m", "galaxy.cli", "repro"]
    process = subprocess.Popen(words, cwd=root, env=os.environ | {"PYTHONPATH": str(CODE)}, start_new_session=True)
    deadline = time.monotonic() + 100
    while not (root / "pid").exists() or not (root / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(number)
    assert process.wait(100) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(int((root / "pid").read_text()), 0)
    assert not (root / "dvc.lock").exists()
