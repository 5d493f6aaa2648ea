"""No command changes a file that it was given to read, whatever name its output is given."""

import inspect
import shutil
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from galaxy.cli import app
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from tests.galaxy.predict.rows import galaxies, make_reference, make_row, write_hdf5, write_pictures
from tests.galaxy_files import write_galaxies
from tests.root import copy_settings
from tests.tiny_clone import command

READ = {
    *("inputs", "images", "among", "source", "file", "galaxies", "table", "sums"),
    *("params", "profiles", "models", "data", "root"),
}
"""Arguments and options that name what a command reads alone."""

COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "predict": (["custom", "pictures", "own.h5", "table.csv"], ["output", "embeddings"]),
    "similar": (["pictures/000.png", "--among", "own.h5", "--among", "table.csv"], ["output", "sheet"]),
    "labels": ([], ["output", "sheet"]),
    "map": (["own.h5", "table.csv"], ["output"]),
    "export": (["custom", "--no-graphs"], ["output"]),
    "import": (["table.csv", "--size", "16"], ["output"]),
    "croissant": (["--url", "https://example.org"], ["output"]),
    "plots": ([], ["output"]),
    "compare": (["HEAD"], ["output", "charts"]),
    "page": ([], ["folder"]),
    "profile": (["paper"], ["params"]),
    "study labels": (["--images", "many.h5", "--row", "custom-scratch"], ["output", "state"]),
    "tidy": ([], []),
    "check": ([], []),
    "verify": ([], []),
    "manifest verify": (["given.csv", "--galaxies", "galaxies.h5", "--table", "places.csv"], []),
}
"""What each command reads, and its options that say where it writes."""

ELSEWHERE = {"fetch", "repro", "serve", "tracking", "ui"}
"""Commands that write to places of their own alone, and have no option for them."""

MINE = {"own.h5", "link.h5", "hard.h5", "deep/../own.h5"}
ALIASES = {
    "alias.csv": "own.h5",
    "alias.parquet": "table.csv",
    "alias.html": "own.h5",
    "alias.h5": "pictures/000.png",
    "alias.json": "many.h5",
}
"""Links with the endings that outputs have, and the files to which they lead."""

LOOPS = ("loop.csv", "loop.html", "loop.json")
"""Links that lead to themselves."""

TWIN = "twin.csv"
"""Another name of own.h5 itself."""

PICTURES = {"pictures/000.png", "linked/000.png", "classes/ring/000.png"}
TOLD = {
    "import": MINE,
    "predict": {"given.csv"},
    "croissant": {"alias.json"},
    "similar": {"given.csv", "classes/ring/000.png"},
    "labels": {"given.csv", "table.csv", TWIN, *ALIASES, *PICTURES},
    "plots": MINE | PICTURES | {"table.csv", "given.csv", TWIN, *ALIASES},
    "compare": MINE | PICTURES | {"table.csv", "given.csv", TWIN, *ALIASES},
    "profile": {"params.yaml"},
}
"""Files that a command does not read and may replace, because it is told to."""

PLACES = (
    "params.yaml",
    "dvc.yaml",
    "own.h5",
    "link.h5",
    "hard.h5",
    "deep/../own.h5",
    TWIN,
    *ALIASES,
    *LOOPS,
    "table.csv",
    "given.csv",
    "pictures",
    "pictures/000.png",
    "linked/000.png",
    "classes/ring/000.png",
    "data/models/custom",
    "data/models/custom/model.json",
    "data/models/custom/seed-0.safetensors",
    "data/models/new",
    "data/manifest.csv",
    "data/predictions/custom.npz",
    "data/store/images.npy",
    "data/store",
    "data/galaxies.h5",
    "report/index.html",
    "report/index.json",
    "report",
    "inputs/checked",
    "inputs/mine.pth",
    "profiles/paper.yaml",
    ".dvc/config",
    ".git/HEAD",
    "SHA256SUMS",
    ".",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small repository with a trained row, and a person's files of every kind."""
    root = tmp_path_factory.mktemp("repository")
    copy_settings(root)
    (root / "data").mkdir()
    make_reference(root / "data", make_row(root / "data"))
    write_hdf5(root / "own.h5", galaxies(4))
    for name in ("pictures", "classes/ring", "classes/disc"):
        (root / name).parent.mkdir(exist_ok=True)
        write_pictures(root / name, galaxies(3))
    (root / "deep").mkdir()
    (root / "link.h5").symlink_to("own.h5")
    (root / "hard.h5").hardlink_to(root / "own.h5")
    (root / "linked").symlink_to("pictures")
    for name, target in (*ALIASES.items(), *zip(LOOPS, LOOPS, strict=True)):
        (root / name).symlink_to(target)
    (root / TWIN).hardlink_to(root / "own.h5")
    (root / "table.csv").write_text(
        "path,id,class\n"
        + "".join(f"{kind}/00{n}.png,{kind}{n},{kind}\n" for kind in ("pictures", "linked") for n in range(3))
    )
    write_galaxies(root / "galaxies.h5", labels=[0, 0, 1, 1, 0, 1])
    shutil.copyfile(root / "galaxies.h5", root / "data" / "galaxies.h5")
    write_galaxies(root / "many.h5", labels=[0, 1] * 20, size=64)
    (root / "given.csv").write_text(
        "row,split\n" + "".join(f"{row},{'test' if row else 'train'}\n" for row in range(6))
    )
    (root / "places.csv").write_text("row,ra,dec,label\n" + "".join(f"{row},{row},0,1\n" for row in range(6)))
    (root / "data" / "manifest.csv").write_text("id,row,ra,dec,label,group,split\n")
    (root / "report").mkdir()
    (root / "report" / "index.html").write_text("<html></html>")
    (root / "report" / "findings.txt").write_text("a finding\n")
    (root / "report" / "machine.js").symlink_to("findings.txt")
    (root / "inputs").mkdir()
    for name in ("inputs/checked", "inputs/mine.pth"):
        (root / name).write_text("x" * 1000)
    (root / "SHA256SUMS").write_text(f"{file_sha256(root / 'own.h5')}  own.h5\n")
    command("git", "init", "--quiet", cwd=root)
    command("dvc", "init", "--quiet", cwd=root)
    command("git", "add", "params.yaml", "dvc.yaml", "SHA256SUMS", "profiles", ".dvc", cwd=root)
    command("git", "-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "--quiet", "-m", "all", cwd=root)
    return root


def contents(root: Path) -> dict[str, str]:
    """Every file with its kind and content, but what DVC and git write for themselves."""
    found = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_file() and not name.startswith((".git/", ".dvc/tmp/")):
            found[name] = file_sha256(path)
    return found | {".git/HEAD": file_sha256(root / ".git" / "HEAD")}


def names(group: Any, before: str = "") -> dict[str, Any]:
    """All commands by their full names."""
    if not hasattr(group, "commands"):
        return {before.strip(): group}
    return {
        full: found for name, one in group.commands.items() for full, found in names(one, f"{before} {name}").items()
    }


def test_every_command_is_among_those_that_are_tried() -> None:
    found = names(typer.main.get_command(app))
    assert found.keys() == COMMANDS.keys() | ELSEWHERE
    for name, one in found.items():
        asked = inspect.signature(inspect.unwrap(one.callback)).parameters.items()
        paths = {option for option, kind in asked if "Path" in str(kind.annotation)}
        written = set(COMMANDS.get(name, ((), ()))[1])
        assert written <= paths, name
        assert paths - written <= READ, name


@pytest.mark.parametrize("name", COMMANDS)
def test_no_name_of_an_output_changes_an_input(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "repository", symlinks=True)
    root = tmp_path / "repository"
    for other_name in ("hard.h5", TWIN):
        (root / other_name).unlink()
        (root / other_name).hardlink_to(root / "own.h5")
    monkeypatch.chdir(root)
    monkeypatch.setenv("GALAXY_DEVICE", "cpu")
    chart: dict[str, Any] = {"Chart": {"data": {"values": []}}}  # DVC's commands take seconds each
    monkeypatch.setattr("galaxy.workbench.plots.read_charts", lambda *_: chart)
    monkeypatch.setattr("galaxy.workbench.compare.compare", lambda *_: ("text", chart))
    monkeypatch.setattr("vl_convert.javascript_bundle", lambda *_, **__: "")
    record = {"row": "custom-scratch", "galaxies": 28, "rate": 1e-3, "right": ["1" * 8] * 3}
    monkeypatch.setattr("galaxy.recipes.label_study.measure", lambda *_, share, **__: record | {"share": share})
    words, options = COMMANDS[name]
    before, runner = contents(root), CliRunner()
    for option, place in product(options, PLACES) if options else [("", "")]:
        free = {"output": "fresh.csv", "sheet": "fresh.html", "charts": "fresh.html", "embeddings": "fresh.parquet"}
        free |= {"state": "fresh"} | ({"output": "fresh.json"} if name == "study labels" else {})
        others = [word for other in options if other != option for word in (f"--{other}", free[other])]
        given = [f"--{option}", place, *others] if option else []
        done = runner.invoke(app, [*name.split(), *words, *given, *(["--overwrite"] if "output" in options else [])])
        if isinstance(done.exception, Exception):  # what `galaxy.cli.main` writes as one line
            assert isinstance(done.exception, (InputError, OSError)), (given, done.exception)
        after = contents(root)
        changed = {file for file in before if after.get(file) != before[file]}
        told = {place, Path(place).resolve().relative_to(root).as_posix()} if place in TOLD.get(name, ()) else set()
        assert changed <= told | ({"own.h5", "hard.h5", TWIN} if told & MINE else set()), given
        for file in changed:
            shutil.copyfile(folder / file, root / file)
        for file in after.keys() - before.keys():
            (root / file).unlink()
