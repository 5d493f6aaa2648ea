"""The files of this repository that each stage's entry point imports, with their hashes.

DVC does not follow Python imports. Stage `code` writes these lists, one file for each entry point, and every other
stage depends on its own list, so that DVC reruns exactly the stages that import what has changed.
"""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

from galaxy.errors import InputError

PACKAGES = ("galaxy", "stages")

EXEMPT = ("galaxy/__init__.py", "stages/_stage.py", "galaxy/tracking/", "galaxy/workbench/")
"""Modules that cannot change an out's bytes: they read parameters, print errors and report to MLflow, and the package's
own module does nothing but find `load` and `read` when they are asked for."""


def module_path(name: str, root: Path) -> Path | None:
    """Return the file of a dotted module name below `root`, or None for a module of another package."""
    if name.split(".")[0] not in PACKAGES:
        return None
    stem = root.joinpath(*name.split("."))
    for candidate in (stem.with_suffix(".py"), stem / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def imported_names(path: Path) -> Iterator[str]:
    """Yield the dotted names of all modules that a file may import, except under `if TYPE_CHECKING`.

    Raises:
        InputError: If the file is not valid Python, or imports by a relative name.
    """
    try:
        pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{path} is not valid Python ({error}); correct it before running the pipeline") from None
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            pending.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise InputError(f"{path}: relative imports are not followed; write the full name of the module")
            base = node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        pending.extend(ast.iter_child_nodes(node))


class Imports:
    """The import closures of modules below one root; each file is parsed at most once.

    Args:
        root: Folder that holds the packages `galaxy` and `stages`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parsed: dict[Path, list[str]] = {}

    def closure(self, entry: str) -> list[str]:
        """Return sorted paths, relative to the root, of module `entry` and all that it imports from this repository.

        Files that are not Python code, such as templates, style sheets and tables, count as imported by the modules in
        the same folder. Empty files (packages without code) and `EXEMPT` modules are left out, as are their imports.
        """
        found: set[str] = set()
        pending = [entry]
        while pending:
            name = pending.pop()
            if "." in name:
                pending.append(name.rpartition(".")[0])  # Python runs the package's own module first
            path = module_path(name, self._root)
            if path is None:
                continue
            relative = path.relative_to(self._root).as_posix()
            if relative in found or relative.startswith(EXEMPT) or not path.stat().st_size:
                continue
            found.add(relative)
            if path not in self._parsed:
                self._parsed[path] = list(imported_names(path))
            pending.extend(self._parsed[path])
            found.update(other.relative_to(self._root).as_posix() for other in _files_beside(path))
        return sorted(found)


def _files_beside(module: Path) -> Iterator[Path]:
    for other in module.parent.iterdir():
        if other.is_file() and other.suffix not in {".py", ".pyc", ".typed"} and not other.name.startswith("."):
            yield other


def closure(entry: str, root: Path) -> list[str]:
    """Return the import closure of one module; see `Imports.closure`."""
    return Imports(root).closure(entry)


def entry_points(root: Path) -> list[str]:
    """Return the names of the modules in `stages/` that DVC starts, sorted; those with a leading underscore are not."""
    return sorted(path.stem for path in (root / "stages").glob("[!_]*.py"))


def listing(paths: list[str], root: Path) -> str:
    """Return one line for each path, its SHA-256 and its name, in the format of `sha256sum`."""
    return "".join(f"{hashlib.sha256((root / path).read_bytes()).hexdigest()}  {path}\n" for path in paths)
