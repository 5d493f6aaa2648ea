"""The modules of this repository that an entry point imports, read from syntax trees, and dvc.yaml's lists of them.

DVC knows nothing of Python: a stage reruns on a change of a module only if dvc.yaml names that module among the
stage's dependencies. `python -m tests.closure --write` brings those lists up to date, test_pipeline.py checks them.
"""

import ast
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("galaxy", "stages")

EXEMPT = ("stages/_stage.py", "galaxy/tracking/", "galaxy/workbench/")
"""Modules that cannot change an out's bytes: they read parameters, print errors and report to MLflow."""


def module_path(name: str, root: Path = ROOT) -> Path | None:
    """The file of a dotted module name inside this repository, or None for a library's."""
    if name.split(".")[0] not in PACKAGES:
        return None
    stem = root.joinpath(*name.split("."))
    for candidate in (stem.with_suffix(".py"), stem / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def imported_names(path: Path) -> Iterator[str]:
    """Dotted names that a file may import anywhere in it, but for those under `if TYPE_CHECKING`."""
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            pending.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}: relative imports are not followed; write the full name")
            base = node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        pending.extend(ast.iter_child_nodes(node))


def closure(entry: str, root: Path = ROOT) -> list[str]:
    """Sorted paths, relative to `root`, of the entry module and all that it imports from this repository.

    Empty files (packages without code) and `EXEMPT` ones are left out; nothing is followed through an exempt module.
    """
    found: set[str] = set()
    pending = [entry]
    while pending:
        path = module_path(pending.pop(), root)
        if path is None:
            continue
        relative = path.relative_to(root).as_posix()
        if relative in found or relative.startswith(EXEMPT) or not path.stat().st_size:
            continue
        found.add(relative)
        pending.extend(imported_names(path))
        # Files that a module reads beside itself count like code: templates, style sheets, scripts.
        if relative.startswith("galaxy/report/"):
            found.update(
                other.relative_to(root).as_posix()
                for other in path.parent.iterdir()
                if other.suffix in {".html", ".css", ".js"}
            )
    return sorted(found)


def entry_point(command: str) -> str:
    """The module of a stage's command, `python -m MODULE ...`."""
    words = shlex.split(command)
    return words[words.index("-m") + 1]


def is_code(dependency: str) -> bool:
    """Whether a dependency is a file of this repository's code and not data."""
    return dependency.split("/")[0] in PACKAGES


def write(path: Path = ROOT / "dvc.yaml") -> bool:
    """Replace the code among each stage's deps by its import closure; True when that changed the file."""
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 120
    document: Any = yaml.load(path.read_text(encoding="utf-8"))
    before = path.read_bytes()
    for stage in document["stages"].values():
        stage["deps"] = [d for d in stage["deps"] if not is_code(d)] + closure(entry_point(stage["cmd"]))
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    return path.read_bytes() != before


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("usage: python -m tests.closure --write")
    print("dvc.yaml: changed" if write() else "dvc.yaml: up to date")
