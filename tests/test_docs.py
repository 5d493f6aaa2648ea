"""The documentation is built without warnings and without a network, and its commands and paths exist."""

import ast
import importlib.util
import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
import yaml
from dvc.cli import parse_args

from galaxy.cli import app
from galaxy.sections.models import ModelEntry

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
STARTS = re.compile(r"(?:[A-Z_]+=\S+ )*(?:galaxy|dvc|make|python -m) ")


def test_the_site_is_built_strictly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "http_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "reference" / "index.html").read_text(encoding="utf-8")
    assert "AdamW" in page  # docstrings are on it, not names alone
    assert "fonts.googleapis.com" not in page


def _commands(page: Path) -> Iterator[tuple[str, bool]]:
    """Yield each command of a page, and whether it is complete: those between words may lack arguments."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            for part in line.split("&&"):
                if part.strip() and not part.startswith("#") and not part.startswith("head="):
                    yield part.strip(), True
    for span in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if STARTS.match(" ".join(span.split()) + " ") and not span.endswith("/"):
            yield " ".join(span.split()), False


FOUND = [(page.name, command, complete) for page in PAGES for command, complete in _commands(page)]


def test_commands_are_found_on_the_pages() -> None:
    names = {command.split()[0] for _, command, complete in FOUND if complete}
    assert {"galaxy", "dvc", "make"} <= names
    assert len(FOUND) > 25


@pytest.mark.parametrize(("page", "command", "complete"), FOUND, ids=lambda value: str(value)[:60])
def test_a_command_of_the_documentation_exists(page: str, command: str, complete: bool) -> None:
    words = [word for word in shlex.split(command, comments=True) if not re.match(r"[A-Z_]+=", word)]
    program, arguments = words[0], words[1:]
    if program == "galaxy":
        _check_galaxy(arguments, complete=complete)
    elif program == "dvc":
        _check_dvc(arguments)
    elif program == "make":
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        assert {word for word in arguments if "=" not in word} <= targets
    elif program == "mlflow":
        from mlflow.models.cli import commands  # noqa: TID251 - its parser

        assert arguments[0] == "models"
        commands.commands[arguments[1]].make_context("mlflow", arguments[2:])  # raises where the parser refuses
    elif program == "curl" and words[-1].endswith(":5001/invocations"):
        assert "--port 5001" in (ROOT / "docs" / page).read_text(encoding="utf-8")  # MLflow's only route for answers
    elif program == "echo":
        assert words[-2] == ">"
    elif program == "curl":
        route = words[-1].removeprefix("http://127.0.0.1:8000").partition("?")[0]
        assert f'("{route}")' in (ROOT / "galaxy" / "predict" / "serve" / "app.py").read_text(encoding="utf-8")
    elif "-m" in words:
        _check_module(words[words.index("-m") + 1 :])
    else:
        pytest.fail(f"{page}: nothing checks {command!r}")


def _check_galaxy(arguments: list[str], *, complete: bool) -> None:
    command: Any = typer.main.get_command(app)
    while arguments and hasattr(command, "commands"):
        command = command.commands[arguments[0]]
        arguments = arguments[1:]
    if complete:
        command.make_context("galaxy", list(arguments))  # raises where the parser refuses
    else:
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in arguments if word.startswith("--")} <= known


def _check_dvc(arguments: list[str]) -> None:
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    parsed = parse_args(arguments)  # exits where DVC's parser refuses
    for change in getattr(parsed, "set_param", None) or []:
        section: Any = values
        for key in change.partition("=")[0].split("."):
            assert key in section, f"params.yaml has no {change}"
            section = section[key]
    for target in getattr(parsed, "targets", None) or []:
        assert target.partition("@")[0] in stages


def _check_module(words: list[str]) -> None:
    assert importlib.util.find_spec(words[0]) is not None
    if words[0].startswith("stages."):
        options = inspect.signature(importlib.import_module(words[0]).main).parameters
        assert {word[2:] for word in words if word.startswith("--")} <= set(options)


def test_messages_in_troubleshooting_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    written = {
        node.value
        for path in (ROOT / "galaxy").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    quoted = [part.strip() for quote in re.findall("“(.*?)”", text) for part in quote.split("…") if part.strip()]
    assert len(quoted) > 15
    assert {part for part in quoted if not any(part in one for one in written)} == {
        *("No such file or directory:", "/inputs/", "missing data 'source': inputs/"),  # of Python and of DVC
        "No possible cache link types for",  # of DVC
        "Model training",  # in MLflow's menu
    }


def _imports(path: Path) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def test_a_training_is_read_in_eight_files_below_its_entry_point() -> None:
    section = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("in reading order")[2]
    paths = [Path(name) for name in re.findall(r"^\d+\. `([\w/]+\.py)`", section, re.MULTILINE)]
    assert paths[0] == Path("stages/train.py")
    assert 2 < len(paths) <= 9
    reached = _imports(paths[0])
    for path in paths[1:]:
        assert ".".join(path.with_suffix("").parts) in reached, f"nothing above {path} imports it"
        reached |= _imports(path)


def test_the_tree_of_the_architecture_is_that_of_the_repository() -> None:
    block = re.search(r"```\n(.*?)```", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block
    listed = {line.split()[0].rstrip("/") for line in block[1].splitlines()}
    assert [name for name in listed if not (ROOT / name).exists()] == []
    packages = {f"galaxy/{path.parent.name}" for path in (ROOT / "galaxy").glob("*/__init__.py")}
    assert packages <= listed


def test_each_key_of_a_row_is_in_the_table_of_the_kinds_that_have_it() -> None:
    kinds = get_args(get_args(ModelEntry)[0])
    had = {(key, get_args(kind.model_fields["kind"].annotation)[0]) for kind in kinds for key in kind.model_fields}
    names = {kind for _, kind in had}
    page = (ROOT / "docs" / "own-model.md").read_text(encoding="utf-8").partition("## Keys")[2]
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", page.partition("## Weights")[0], re.MULTILINE)
    assert {(key, kind) for key, of in rows for kind in (names if of == "all" else of.split(", "))} == had
