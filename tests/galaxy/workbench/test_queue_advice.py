"""What is said before experiments are queued; the advice is followed where that is quick."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from galaxy.workbench.queue_advice import queue_advice

DVC = (sys.executable, "-m", "dvc")


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's settings of git that no other test sees."""
    for name in ("GIT_CONFIG_GLOBAL", "DVC_ROOT", "DVC_STAGE", "DVC_EXP_NAME"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    for name, value in (("HOME", str(home)), ("XDG_CONFIG_HOME", str(home / "config")), ("DVC_NO_ANALYTICS", "1")):
        monkeypatch.setenv(name, value)
    run("git", "config", "--global", "user.name", "n")
    run("git", "config", "--global", "user.email", "e@example.org")


def run(*words: str, cwd: Path | None = None) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, cwd=cwd).stdout


def repository(root: Path) -> Path:
    root.mkdir()
    run("git", "init", "--quiet", str(root))
    run("git", "-C", str(root), "commit", "--allow-empty", "--quiet", "--message", "one")
    return root


def test_a_shallow_clone_is_told_what_to_do_before_queueing(tmp_path: Path) -> None:
    assert queue_advice(tmp_path) == []  # no git at all
    root = repository(tmp_path / "root")
    run("git", "-C", str(root), "commit", "--allow-empty", "--quiet", "--message", "two")
    assert queue_advice(root) == []
    run("git", "clone", "--quiet", "--depth", "1", f"file://{root}", str(tmp_path / "shallow"))
    (advice,) = queue_advice(tmp_path / "shallow")
    assert "`git fetch --unshallow` before queueing" in advice


def test_the_command_for_a_path_that_is_no_address_keeps_the_experiment(tmp_path: Path) -> None:
    root = repository(tmp_path / "a#b?c%20d 'e'")
    run(*DVC, "init", "--quiet", cwd=root)
    (root / "params.yaml").write_text("one: 1\n")
    (root / "dvc.yaml").write_text("stages:\n  s:\n    cmd: echo > out\n    params: [one]\n    outs: [out]\n")
    run("git", "add", ".", cwd=root)
    run("git", "commit", "--quiet", "--message", "two", cwd=root)
    (advice,) = queue_advice(root)
    assert "has # and % and ?, with which `dvc exp run --queue`" in advice
    run(*shlex.split(advice.split("run `")[1].split("`")[0]))
    assert queue_advice(root) == []
    run(*DVC, "exp", "run", "--temp", "--name", "kept", "--set-param", "one=2", cwd=root)
    assert "[kept]" in run(*DVC, "exp", "list", cwd=root)


def test_letters_beyond_ascii_are_named_until_the_cache_is_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "josé#1"
    (root / ".dvc").mkdir(parents=True)
    address, advice = queue_advice(root)
    assert "has #," in address
    assert "dvc cache dir --local FOLDER" in advice
    run(*shlex.split(address.split("run `")[1].split("`")[0]))
    (root / ".dvc" / "config.local").write_text("[cache]\n    dir = ../cache\n", encoding="utf-8")
    assert len(queue_advice(root)) == 1  # still inside
    (root / ".dvc" / "config.local").write_text(f"[cache]\n    dir = '{tmp_path}/cache'\n", encoding="utf-8")
    assert queue_advice(root) == []


def test_settings_beyond_ascii_are_named_by_their_keys(tmp_path: Path) -> None:
    root = repository(tmp_path / "root")
    run("git", "-C", str(root), "config", "user.name", "José")
    (advice,) = queue_advice(root)
    assert "user.name in the settings of this repository's git" in advice
    run(*shlex.split(advice.split("remove it here with `")[1].split("`")[0]), cwd=root)
    assert queue_advice(root) == []
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config.local").write_text("['remote \"store\"']\n    url = /srv/josé\n", encoding="utf-8")
    (advice,) = queue_advice(root)
    assert "set those values with `dvc config --global`" in advice
