"""Files that params.yaml names are refused where the pipeline writes, and DVC sees the content of each."""

from pathlib import Path
from typing import Any

import pytest

from galaxy.errors import InputError
from galaxy.workbench.input_records import write_records
from galaxy.workbench.named_inputs import from_root, named_inputs, pipeline_outs, refusals
from tests.root import ROOT


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "dvc.yaml").write_bytes((ROOT / "dvc.yaml").read_bytes())
    monkeypatch.chdir(folder)
    return folder


def params(**values: str) -> dict[str, Any]:
    """Parameters that name files: source, manifest, dino, and weights of a row of that name."""
    rows = {name: {"kind": "custom", "weights": value} for name, value in values.items() if name not in KEYS}
    return {
        "download": {"source": values.get("source", "rendered")},
        "split": {"manifest": values.get("manifest")},
        "models": rows,
        "dino": {"weights": values.get("dino", "random")},
    }


KEYS = ("source", "manifest", "dino")


@pytest.mark.parametrize(
    ("name", "path", "out"),
    [
        ("source", "data/galaxies.h5", "data/galaxies.h5"),
        ("source", "./data/../data/galaxies.h5", "data/galaxies.h5"),
        ("source", "data/store/images.npy", "data/store"),
        ("source", "report/plots/x.h5", "report/plots"),
        ("source", "inputs/checked", "inputs/checked"),
        ("manifest", "data/manifest.csv", "data/manifest.csv"),
        ("manifest", "SHA256SUMS", "SHA256SUMS"),
        ("custom", "data/models/custom/seed-0.safetensors", "data/models/*"),
        ("custom", "data/models/gone/seed-0.safetensors", "data/models/*"),
        ("dino", "data/dino-lora/adapter.safetensors", "data/dino-lora"),
    ],
)
def test_a_file_where_a_stage_writes_is_refused(root: Path, name: str, path: str, out: str) -> None:
    (line,) = refusals(params(**{name: path}), root)
    key = {"source": "download.source", "manifest": "split.manifest", "dino": "dino.weights"}.get(name)
    assert line.startswith(f"{key or f'models.{name}.weights'} is {path!r}, which lies in {out}, written by stage ")
    assert "Copy the file elsewhere" in line
    assert refusals(params(**{name: str(root / path)}), root)


@pytest.mark.parametrize(
    "path", ["survey.h5", "data/mine.h5", "data/galaxies.h5.bak", "../galaxies.h5", "weights/a.pth"]
)
def test_a_file_beside_them_is_welcome(root: Path, path: str) -> None:
    assert refusals(params(source=path, custom=path, dino=path, manifest=path), root) == []


@pytest.mark.parametrize("path", ["a\0b.h5", "a\0/b.h5", "data/\0", "a\x1b[31m.h5", "a\nb.h5", "a\ud800.h5"])
@pytest.mark.parametrize("name", [*KEYS, "custom"])
def test_control_characters_are_refused(root: Path, name: str, path: str) -> None:
    (line,) = refusals(params(**{name: path}), root)
    assert f"weights is {path!r}" in line or f".{name} is {path!r}" in line
    assert line.endswith(", which contains a control character; give a path without one")


def test_links_are_followed(root: Path, tmp_path: Path) -> None:
    (root / "data").mkdir()
    (root / "data" / "galaxies.h5").write_text("x")
    (root / "mine.h5").symlink_to("other.h5")
    (root / "other.h5").symlink_to(root / "data" / "galaxies.h5")
    assert len(refusals(params(source="mine.h5"), root)) == 1
    # An out that is a link, to DVC's cache for instance, is still an out.
    (tmp_path / "cached").write_text("x")
    (root / "data" / "galaxies.h5").unlink()
    (root / "data" / "galaxies.h5").symlink_to(tmp_path / "cached")
    assert len(refusals(params(source="mine.h5"), root)) == 1
    # A folder that is a link, to another disk.
    (root / "data" / "galaxies.h5").unlink()
    (root / "data").rmdir()
    (tmp_path / "disk").mkdir()
    (root / "data").symlink_to(tmp_path / "disk")
    assert len(refusals(params(source=str(tmp_path / "disk" / "galaxies.h5")), root)) == 1
    assert len(refusals(params(custom=str(tmp_path / "disk" / "models" / "custom" / "a.pth")), root)) == 1
    assert refusals(params(source=str(tmp_path / "disk" / "mine.h5")), root) == []


def test_links_in_a_circle_end(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    assert refusals(params(source="a"), root) == []


def test_a_file_in_a_link_that_leads_to_itself_lies_in_no_out(root: Path) -> None:
    (root / "circle").symlink_to("circle")
    assert refusals(params(source="circle/mine.h5"), root) == []


def test_every_out_of_the_pipeline_is_known(root: Path) -> None:
    outs = pipeline_outs(root)
    assert {"data/galaxies.h5", "data/models/*", "report/index.html", "SHA256SUMS", "code", "inputs/checked"} <= set(
        outs
    )
    assert outs["data/predictions/*-kmeans.npz"] == "kmeans-hungarian"


def test_words_name_no_file() -> None:
    assert all(
        named.path is None for named in named_inputs(params(custom="random", dino="pretrained", deep="imagenet"))
    )


def test_records_are_words_or_links_that_follow_the_parameters(root: Path, tmp_path: Path) -> None:
    (root / "mine.pth").write_text("inside")
    (tmp_path / "other.pth").write_text("outside")
    outside = str(tmp_path / "other.pth")
    write_records(params(source="galaxy10", custom="mine.pth", deep=outside, plain="random"), Path("inputs"), own={})
    folder = root / "inputs"
    assert (folder / "download").read_text() == "galaxy10\n"
    assert (folder / "split").read_text() == "null\n"
    assert (folder / "dino").read_text() == (folder / "random-init").read_text() == "random\n"
    assert (folder / "models" / "custom").readlink() == Path("../../mine.pth")
    assert (folder / "models" / "custom").read_text() == "inside"
    assert (folder / "models" / "deep").readlink() == Path(outside)
    assert (folder / "models" / "plain").read_text() == "random\n"
    write_records(params(custom="random"), Path("inputs"), own={})
    assert (folder / "models" / "custom").read_text() == "random\n"
    assert sorted(path.name for path in (folder / "models").iterdir()) == ["custom"]
    (root / "galaxy").mkdir()
    (root / "galaxy" / "own.safetensors").write_text("own")
    write_records(params(custom="fractals"), Path("inputs"), own={"models/custom": root / "galaxy" / "own.safetensors"})
    assert (folder / "models" / "custom").readlink() == Path("../../galaxy/own.safetensors")
    assert (root / "mine.pth").read_text() == "inside"  # a link is replaced, not what it leads to
    assert Path(outside).read_text() == "outside"


def test_a_record_of_a_missing_file_is_refused(root: Path) -> None:
    with pytest.raises(InputError, match=r"dino.weights is 'gone.pth', and there is no file"):
        write_records(params(dino="gone.pth"), Path("inputs"), own={})
    assert not (root / "inputs").exists()


def test_paths_count_from_the_root_in_every_subfolder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (root / ".dvc").mkdir()
    (root / "docs").mkdir()
    assert from_root("mine.h5") == Path("mine.h5")
    monkeypatch.chdir(root / "docs")
    assert from_root("mine.h5") == root / "mine.h5"
    assert from_root("/elsewhere/mine.h5") == Path("/elsewhere/mine.h5")


def test_the_home_of_an_unknown_user_is_a_path_that_does_not_exist(root: Path) -> None:
    (named,) = (one for one in named_inputs(params(source="~nobody-here/mine.h5")) if one.key == "download.source")
    assert named.path == root / "~nobody-here" / "mine.h5"
