"""Every stage in dvc.yaml names exactly the code, the files and the parameters that it uses."""

import ast
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from galaxy.workbench.closure import closure, module_path
from galaxy.workbench.params_file import SECTIONS
from tests.root import ROOT, entry_point
from tests.tiny_clone import clean_environment

DOCUMENT: dict[str, Any] = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES: dict[str, dict[str, Any]] = DOCUMENT["stages"]
NAMES = sorted(STAGES)


def outs(stage: dict[str, Any]) -> list[str]:
    """Paths of a stage's outs, metrics and plots, whether or not they carry options."""
    entries = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


def paths_of(command: str) -> list[str]:
    """Paths that a stage's command line hands over: all its words but the names of options, rows and features."""
    words = shlex.split(command)[3:]
    names = {"--model", "--row", "--features"}
    return [word for before, word in zip(["", *words], words, strict=False) if word[:2] != "--" and before not in names]


def is_code(dependency: str) -> bool:
    """Whether a dependency is code, or a list of code, and no data."""
    return dependency.split("/")[0] in {"code", "galaxy", "stages"}


def is_record(dependency: str) -> bool:
    """Whether a dependency is what stage `inputs` writes about a file that params.yaml names."""
    return dependency.startswith("inputs/")


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_depends_on_the_code_of_its_entry_point(name: str) -> None:
    listed = [dep for dep in STAGES[name]["deps"] if is_code(dep)]
    entry = entry_point(STAGES[name]["cmd"]).removeprefix("stages.")
    assert listed == (["galaxy", "stages"] if name == "code" else [f"code/{entry}.txt"])


def test_the_graph_is_short_enough_to_read() -> None:
    assert len((ROOT / "dvc.yaml").read_text().splitlines()) < 300


@pytest.mark.parametrize("name", NAMES)
def test_data_dependencies_and_outs_are_the_paths_of_the_command(name: str) -> None:
    stage = STAGES[name]
    paths = set(paths_of(stage["cmd"]))
    inputs = {dep for dep in stage["deps"] if not is_code(dep) and not is_record(dep)}
    # An option may also name the folder in which several outs are written.
    written = {path for path in paths for out in outs(stage) if out == path or out.startswith(f"{path}/")}
    assert paths == inputs | written
    assert all(any(out == path or out.startswith(f"{path}/") for path in paths) for out in outs(stage))


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_outs_of_another_stage(name: str) -> None:
    produced = {re.sub(r"\$\{[^}]*\}", "*", out) for stage in STAGES.values() for out in outs(stage)}
    for dep in STAGES[name]["deps"]:
        if not is_code(dep) and not is_record(dep) and "${" not in dep:
            assert any(fnmatch(dep, out) or out.startswith(f"{dep}/") for out in produced), dep


def test_a_stage_depends_on_the_records_of_the_files_that_it_reads() -> None:
    records = {name: {dep for dep in stage["deps"] if is_record(dep)} for name, stage in STAGES.items()}
    assert {name: found for name, found in records.items() if found} == {
        "download": {"inputs/download", "inputs/checked"},
        "split": {"inputs/split"},
        "train": {"inputs/models/${item.model}"},
        "dino-finetune-lora": {"inputs/dino"},
        "embed": {"inputs/${item.features}"},
        "embed-tuned": {"inputs/dino"},
        "dino-best": {"inputs/dino"},
    }


@pytest.mark.parametrize("name", NAMES)
def test_params_are_the_sections_that_the_code_reads(name: str) -> None:
    read: set[str] = set()
    for path in closure(entry_point(STAGES[name]["cmd"]), ROOT):
        if path.endswith(".py"):
            read |= sections_read(ROOT / path)
    read |= set(SECTIONS) if name == "inputs" else set()  # read by the check, whose module is exempt
    listed = {param.replace("${item.model}", "{}") for param in STAGES[name]["params"]}
    assert {param for param in listed if not is_named_again(param, listed)} == read


def is_named_again(param: str, listed: Iterable[str]) -> bool:
    """Whether a section that holds the key is listed as well."""
    return any(param.startswith(f"{section}.") for section in listed)


def keys_below(name: str, value: Any) -> Iterator[str]:
    """Dotted names of all keys in a section."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{name}.{key}"
            yield from keys_below(f"{name}.{key}", inner)


@pytest.mark.parametrize("name", NAMES)
def test_the_run_cache_sees_every_parameter(name: str) -> None:
    """DVC leaves the keys `size` and `nfiles`, at any depth, out of the hash under which it keeps earlier runs.

    Without their dotted names, a stage whose `size` has changed would get the outs of another size.
    """
    stage = STAGES[name]
    entries = [*stage.get("outs", []), *stage.get("metrics", [])]
    if any(isinstance(entry, dict) and next(iter(entry.values())).get("persist") for entry in entries):
        return  # such a stage always runs
    params: dict[str, Any] = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    models = params.pop("models")
    params |= {"models": models, "models.${item.model}": {key: 0 for entry in models.values() for key in entry}}
    unseen = {
        key
        for section in stage["params"]
        if section in params
        for key in keys_below(section, params[section])
        if key.rpartition(".")[2] in {"size", "nfiles"}
    }
    assert {param for param in stage["params"] if is_named_again(param, stage["params"])} == unseen


def sections_read(path: Path) -> set[str]:
    """Sections in calls of `read_section`; a formatted part of a name stands as {}."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "read_section"):
            continue
        key = node.args[1]
        if isinstance(key, ast.Constant):
            found.add(str(key.value))
        elif isinstance(key, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in key.values]
            found.add("".join(parts))
        else:
            raise AssertionError(f"{path}:{node.lineno}: the section must be written out to be checked")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_stage_says_what_it_does(name: str) -> None:
    assert len(STAGES[name]["desc"]) > 20


def test_every_section_of_the_parameters_is_known_and_used() -> None:
    params = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert tuple(params) == SECTIONS
    used = {param.split(".")[0] for name, stage in STAGES.items() if name != "inputs" for param in stage["params"]}
    assert used == set(SECTIONS)


@pytest.mark.parametrize(
    ("flags", "chosen"), [("fpu sse2 avx2 fma", True), ("fpu sse2 avx", False), ("fpu avx2", False), (None, False)]
)
def test_kernels_are_chosen_only_where_the_processor_has_their_instructions(
    flags: str | None, chosen: bool, tmp_path: Path
) -> None:
    cpu = tmp_path / "cpuinfo"
    if flags:
        cpu.write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
    code = (ROOT / "stages" / "__init__.py").read_text().replace("/proc/cpuinfo", str(cpu))
    code += "print(os.environ.get('OPENBLAS_CORETYPE'))"
    without = {key: value for key, value in clean_environment().items() if key != "OPENBLAS_CORETYPE"}
    said = subprocess.run([sys.executable, "-c", code], env=without, check=True, capture_output=True, text=True)
    assert said.stdout.strip() == ("Haswell" if chosen else "None")


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="kernels of other processors are not chosen")
def test_stages_multiply_with_the_same_kernels_on_every_processor() -> None:
    code = "import stages, numpy, threadpoolctl; print([p['architecture'] for p in threadpoolctl.threadpool_info()])"
    without = {key: value for key, value in clean_environment().items() if key != "OPENBLAS_CORETYPE"}
    for given, expected in (({}, "Haswell"), ({"OPENBLAS_CORETYPE": "Nehalem"}, "Nehalem")):
        said = subprocess.run(
            [sys.executable, "-c", code], env=without | given, check=True, capture_output=True, text=True
        )
        assert ast.literal_eval(said.stdout) == [expected]


def test_packages_hold_no_code_in_their_init_files() -> None:
    own, kernels = ROOT / "galaxy" / "__init__.py", ROOT / "stages" / "__init__.py"
    for package in ("galaxy", "stages"):
        for path in (ROOT / package).rglob("__init__.py"):
            assert path in (own, kernels) or not path.read_text().strip(), path
    # The package's own may find `load` and `read` when they are asked for; importing it does nothing else.
    for node in ast.parse(own.read_text()).body[1:]:
        named = isinstance(node, ast.Assign) and ast.unparse(node) == "__all__ = ['load', 'read']"
        typing = isinstance(node, ast.ImportFrom) and node.module == "typing"
        checked = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        lazy = isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
        assert named or typing or checked or lazy, ast.unparse(node)
    assert module_path("numpy", ROOT) is None
