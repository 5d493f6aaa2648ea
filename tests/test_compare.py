"""What a pull request's workflow does, on a branch with one parameter changed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from galaxy.errors import InputError
from galaxy.workbench.compare import compare
from tests.root import ROOT
from tests.tiny_clone import command, commit, copy_clone, set_params

pytestmark = pytest.mark.timeout(900)

WORKFLOWS = {path.stem: YAML(typ="safe").load(path) for path in (ROOT / ".github" / "workflows").glob("*.yml")}


@pytest.fixture(scope="module")
def branch(reproduced: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A branch that changes a parameter of one row, beside a main whose figures another machine computed."""
    folder = copy_clone(reproduced, tmp_path_factory.mktemp("compare") / "clone")
    lock = folder / "dvc.lock"
    elsewhere = YAML(typ="safe").load(lock)["stages"]["evaluate@custom"]["outs"][0]["md5"]
    lock.write_text(lock.read_text().replace(elsewhere, "ab" * 16))  # not in this cache
    (folder / "metrics.json").write_text((folder / "metrics.json").read_text().replace("0.", "0.9"))
    commit(folder, "Reproduced on another machine")
    command("git", "checkout", "--quiet", "-b", "change", cwd=folder)
    set_params(folder / "params.yaml", {"embed_pixels.size": 8})
    commit(folder, "Take fewer pixels")
    return folder


@pytest.fixture(scope="module")
def compared(branch: Path) -> Path:
    """The branch after `make compare`, which reproduces it and main."""
    command("make", "compare", f"VENV={sys.prefix}", "BASE=main", "OUT=report/compare.md", cwd=branch)
    return branch


def test_a_changed_parameter_is_compared(compared: Path) -> None:
    page = (compared / "report" / "compare.md").read_text()
    sections = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^###|\Z)", page, re.MULTILINE | re.DOTALL))
    assert re.match(r"## Compared with main \([0-9a-f]{7}\)\n", page)
    (line,) = [line for line in sections["Parameters"].splitlines() if "embed_pixels.size" in line]
    assert [cell.strip() for cell in line.strip("|").split("|")][2:] == ["16", "8"]
    assert sections["Parameters"].count("params.yaml") == 1
    # The base was computed here as well, or every row would differ from the other machine's.
    changed = re.findall(r"\| (\w+.json) +\| (\S+)", sections["Metrics"])
    assert {figure.split(".")[0] for _, figure in changed} == {"pixels-kmeans"}
    assert ("metrics.json", "pixels-kmeans.roc_auc") in changed
    assert sections["Curves"].strip() == "No curve differs."
    assert "| pixels-kmeans |" in sections["Confusion"]
    charts = (compared / "dvc_plots" / "index.html").read_text()
    assert '"rev": "main"' in charts
    assert not (compared / ".state" / "compare").exists()
    assert command("git", "worktree", "list", cwd=compared).count("\n") == 1
    assert command("git", "branch", "--format=%(refname:short)", cwd=compared).split() == ["change", "main"]


def test_mistakes_are_one_line(compared: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = copy_clone(compared, tmp_path / "clone")
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match="'nosuch' is not a commit of this clone; give a branch, a tag or a hash"):
        compare("nosuch", Path())
    set_params(folder / "params.yaml", {"report.title": "Another"})
    with pytest.raises(InputError, match="^not up to date here: inputs, report; run `make repro` before comparing$"):
        compare("main", Path())
    done = subprocess.run(
        [sys.executable, "-m", "galaxy.cli", "compare", "--", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_workflows_run_targets_of_the_makefile_with_the_least_rights() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    used = set()
    for workflow in WORKFLOWS.values():
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"] <= 60
            for step in job["steps"]:
                used |= set(re.findall(r"\bmake ([a-z-]+)", step.get("run", "")))
                assert "${{" not in step.get("run", ""), "text of a pull request must not become part of a command"
                if "actions/checkout" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False
    assert used == {"lint", "test", "test-fault", "coverage", "repro", "compare"}
    assert used <= targets


def test_a_pull_request_gets_one_comment_that_is_edited() -> None:
    # Under YAML 1.2 `on` is a word, not a truth value.
    workflow: dict[str, Any] = WORKFLOWS["compare"]
    assert set(workflow["on"]) == {"push", "pull_request"}
    job = workflow["jobs"]["compare"]
    assert job["permissions"] == {"contents": "read", "pull-requests": "write"}
    commands = [step["run"] for step in job["steps"] if "run" in step]
    summary = commands.index('cat report/compare.md >> "$GITHUB_STEP_SUMMARY"')
    (comment,) = [k for k, line in enumerate(commands) if line.startswith("gh pr comment")]
    assert {"--edit-last", "--create-if-none"} <= set(commands[comment].split())
    assert summary < comment  # where no comment may be written the summary stands already
    (step,) = [step for step in job["steps"] if step.get("run") == commands[comment]]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in step["if"]
    caches = [step["with"]["path"] for step in job["steps"] if "actions/cache" in step.get("uses", "")]
    assert caches == [".dvc/cache"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_branch_names_are_not_run_by_the_shell(branch: Path) -> None:
    done = subprocess.run(
        ["make", "--dry-run", "compare", f"VENV={sys.prefix}", "BASE=$(touch x); touch y"],
        cwd=branch,
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'galaxy.cli compare "$BASE" --output "$OUT"' in done.stdout
