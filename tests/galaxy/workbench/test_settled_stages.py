"""Data and weights that only stages need which will not run need not be on this machine."""

from hashlib import md5
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from galaxy.workbench.settled_stages import settled_stages

PARAMS: dict[str, Any] = {
    "download": {"source": "galaxy10"},
    "models": {"own": {"kind": "custom"}},
    "train": {"lr": 1.0},
}


def write(folder: Path, *, code: str = "one") -> Path:
    """A pulled clone: dvc.lock, the lists of code that it records, and the outs."""
    (folder / "code").mkdir()
    (folder / "data").mkdir()
    stages = {}
    for name, script, keys in (("download", "download", ["download"]), ("train@own", "train", ["models.own", "train"])):
        (folder / "code" / f"{script}.txt").write_text(code)
        (folder / "data" / script).touch()
        recorded = {key: PARAMS["models"]["own"] if "." in key else PARAMS[key] for key in keys}
        stages[name] = {
            "cmd": name,
            "deps": [{"path": f"code/{script}.txt", "md5": md5(b"one", usedforsecurity=False).hexdigest()}],
            "params": {"params.yaml": recorded},
            "outs": [{"path": f"data/{script}"}],
        }
    YAML().dump({"schema": "2.0", "stages": stages}, folder / "dvc.lock")
    return folder


def test_stages_are_settled_until_settings_code_or_outs_differ(tmp_path: Path) -> None:
    assert settled_stages(tmp_path, PARAMS) == set()
    write(tmp_path)
    assert settled_stages(tmp_path, PARAMS) == {"download", "train@own"}
    assert settled_stages(tmp_path, PARAMS | {"train": {"lr": 2.0}}) == {"download"}
    assert settled_stages(tmp_path, PARAMS | {"models": {}}) == {"download"}
    (tmp_path / "data" / "train").unlink()
    assert settled_stages(tmp_path, PARAMS) == {"download"}
    (tmp_path / "code" / "download.txt").write_text("two")
    assert settled_stages(tmp_path, PARAMS) == set()


def test_another_content_of_a_file_in_params_makes_its_stage_run_again(tmp_path: Path) -> None:
    write(tmp_path)
    lock = YAML(typ="safe").load(tmp_path / "dvc.lock")
    entry = {"path": "inputs/download", "md5": md5(b"mine", usedforsecurity=False).hexdigest(), "size": 4}
    lock["stages"]["download"]["deps"].append(entry)
    YAML().dump(lock, tmp_path / "dvc.lock")
    assert settled_stages(tmp_path, PARAMS) == {"download", "train@own"}  # a fresh clone has no links yet
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "download").symlink_to("../mine.h5")
    for content, expected in ((b"mine", True), (b"MINE", False), (b"longer", False), (None, False)):
        (tmp_path / "mine.h5").write_bytes(content) if content else (tmp_path / "mine.h5").unlink()
        assert ("download" in settled_stages(tmp_path, PARAMS)) is expected
