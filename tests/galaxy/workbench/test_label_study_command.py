import json
import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.recipes import label_study
from galaxy.workbench.label_study_command import study_labels
from galaxy.workbench.study_galaxies import study_galaxies
from tests.galaxy_files import write_galaxies
from tests.root import ROOT

SMALL: dict[str, Any] = {"rows": ["custom-scratch", "dino-probe"], "shares": [50, 100], "rates": [1e-3], "seeds": 1}
SMALL |= {"epochs": 1, "overwrite": False, "data": Path("nowhere")}


@pytest.fixture
def galaxies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GALAXY_DEVICE", "cpu")
    monkeypatch.setattr("galaxy.workbench.study_galaxies.FOLDS", 2)
    rng, path = np.random.default_rng(0), tmp_path / "own.h5"
    with h5py.File(path, "w") as file:
        file["images"] = rng.integers(0, 255, (60, 64, 64, 3), dtype=np.uint8)
        file["ans"] = (np.arange(60) % 3).astype(np.uint8)
        for name in ("ra", "dec", "redshift", "pxscale"):
            file[name] = np.full(60, np.nan)
        file.attrs["class_names"] = ["a", "b", "c"]
    return path


def run(galaxies: Path, output: str = "labels.json", **changes: Any) -> list[str]:
    folder = galaxies.parent
    given = {**SMALL, "images": galaxies, "output": folder / output, "state": folder / "state", **changes}
    return study_labels(ROOT / "params.yaml", **given)


def test_it_resumes_and_writes_the_same_table_and_page(galaxies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured, seen = label_study.measure, []

    def stop_after_three(row: str, *args: Any, **given: Any) -> dict[str, Any]:
        seen.append((row, given["share"]))
        if len(seen) == 4:
            raise KeyboardInterrupt
        return measured(row, *args, **given)

    monkeypatch.setattr(label_study, "measure", stop_after_three)
    with pytest.raises(KeyboardInterrupt):
        run(galaxies)
    assert not (galaxies.parent / "labels.json").exists()
    run(galaxies)
    assert len(seen) == 4 + 8 - 3
    assert not list((galaxies.parent / "state").iterdir())
    monkeypatch.setattr(label_study, "measure", measured)
    lines = run(galaxies, "again.json")
    first, again = ((galaxies.parent / name).read_bytes() for name in ("labels.json", "again.json"))
    assert first == again
    content = json.loads(first)
    assert {(line["row"], line["share"], line["test_galaxies"]) for line in content["summary"]} == {
        (row, share, 60) for row in SMALL["rows"] for share in (0.5, 1.0)
    }
    assert lines[:-1] == content["findings"]
    page = (galaxies.parent / "labels.html").read_text(encoding="utf-8")
    assert all(text.replace("'", "&#39;") in page for text in content["findings"])
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shares": [101]}, "a share of the labels is 101"),
        ({"rates": [0.0]}, "a learning rate is 0"),
        ({"output": Path("labels.html")}, "does not end in .json"),
        ({"seeds": 0}, "nothing to train"),
        ({"rows": ["custom"]}, "there is no row 'custom'; allowed are custom-scratch, "),
        ({"shares": [1, 100]}, "less than one for each of the 3 classes; give shares of "),
    ],
)
def test_mistakes_are_one_line_before_anything_is_trained(
    galaxies: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr(label_study, "measure", None)
    with pytest.raises(InputError, match=said) as caught:
        run(galaxies, **changes)
    assert "\n" not in str(caught.value)
    assert not (galaxies.parent / "labels.json").exists()


def test_other_weights_under_the_same_name_do_not_resume(galaxies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, shares = galaxies.parent, list[float]()

    def stop_after_one(row: str, *_: Any, share: float, **__: Any) -> dict[str, Any]:
        shares.append(share)
        if len(shares) % 2 == 0:
            raise KeyboardInterrupt
        return {"row": row, "share": share, "galaxies": 30, "rate": 1e-3, "right": ["10" * 15]}

    monkeypatch.setattr(label_study, "measure", stop_after_one)
    weights = folder / "mine.pth"
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (folder / "params.yaml").write_text(re.sub("(?m)^  weights: fractals .*", f"  weights: {weights}", text, count=1))
    given = {**SMALL, "shares": [100, 50], "images": galaxies, "output": folder / "labels.json"}
    for content in (b"first", b"first", b"other"):
        weights.write_bytes(content)
        with pytest.raises(KeyboardInterrupt):
            study_labels(folder / "params.yaml", **given, state=folder / "state")
    assert len(list((folder / "state").iterdir())) == 2


def test_a_file_in_the_place_of_the_state_is_refused_before_anything_is_trained(
    galaxies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_study, "measure", None)
    before = galaxies.read_bytes()
    with pytest.raises(InputError, match=r"own\.h5 is not a folder; give another place for --state"):
        run(galaxies, state=galaxies)
    assert galaxies.read_bytes() == before
    with pytest.raises(InputError, match=r"own\.h5/state cannot be written: .*own\.h5 is not a folder"):
        run(galaxies, state=galaxies / "state")


@pytest.mark.parametrize("content", ["train: {}", "dino: 5", "split: [1]"])
def test_parameters_with_a_missing_or_wrong_section_are_refused_in_one_line(galaxies: Path, content: str) -> None:
    params = galaxies.parent / "params.yaml"
    params.write_text(content)
    with pytest.raises(InputError, match=r"params\.yaml: "):
        study_labels(
            params,
            **{**SMALL, "images": galaxies, "output": galaxies.parent / "l.json", "state": galaxies.parent / "state"},
        )


def test_five_folds_of_five_galaxies_a_class_have_each_class_in_the_validation_set(tmp_path: Path) -> None:
    path = write_galaxies(tmp_path / "few.h5", labels=np.arange(50) % 10)
    _, label, folds, _ = study_galaxies(path, tmp_path, crop=None, size=16)
    assert [sorted(label[fold.validation]) for fold in folds] == [list(range(10))] * 5


def test_a_relative_checkpoint_counts_from_the_root_in_a_subfolder(
    galaxies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = galaxies.parent
    for name in ("docs", ".dvc"):
        (folder / name).mkdir()
    (folder / "dvc.yaml").write_text("stages: {}\n")
    (folder / "mine.pth").write_bytes(b"weights")
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (folder / "params.yaml").write_text(re.sub("(?m)^  weights: fractals .*", "  weights: mine.pth", text, count=1))
    seen: list[str] = []

    def stop(*_: Any, dino: dict[str, Any], **__: Any) -> None:
        seen.append(dino["weights"])
        raise KeyboardInterrupt

    monkeypatch.setattr(label_study, "measure", stop)
    monkeypatch.chdir(folder / "docs")
    with pytest.raises(KeyboardInterrupt):
        study_labels(
            folder / "params.yaml",
            **{**SMALL, "images": galaxies, "output": folder / "l.json", "state": folder / "state"},
        )
    assert seen == [str(folder / "mine.pth")]


def test_pictures_smaller_than_the_parameters_say_are_refused_with_the_key(galaxies: Path) -> None:
    small = write_galaxies(galaxies.parent / "small.h5", labels=[0, 1] * 20)
    with pytest.raises(InputError, match=r"small\.h5 does not fit: split\.size is 64; it must be between 1 and 16"):
        run(small)


def test_an_existing_output_is_kept(galaxies: Path) -> None:
    page = galaxies.parent / "labels.html"
    page.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        run(galaxies)
    assert page.read_text() == "mine"


def test_a_probe_on_random_weights_is_no_pretrained_row(galaxies: Path) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    head, dino = text.split("\ndino:\n")
    (galaxies.parent / "params.yaml").write_text(
        head + "\ndino:\n" + dino.replace("weights: fractals", "weights: random", 1)
    )
    given = {**SMALL, "images": galaxies, "output": galaxies.parent / "labels.json", "state": galaxies.parent / "state"}
    (written,) = study_labels(galaxies.parent / "params.yaml", **{**given, "shares": [100]})
    assert written.endswith("are written")
    page = (galaxies.parent / "labels.html").read_text(encoding="utf-8")
    assert "dino-probe is a logistic regression on the features of DINO&#39;s backbone with random weights." in page
    assert '<th scope="col">100 %<span class="sub">25 labels</span></th>' in page


@pytest.mark.parametrize(
    ("row", "size", "said"),
    [
        ("custom-rendered", 48, "its weights are for images of 64 to 95 px, and these have 48 px"),
        ("gcnn-scratch", 48, "a multiple of 32 px, and these have 48 px"),
        ("vgg-scratch", 24, "it needs images of 32 px or more, and these have 24 px"),
        ("dino-probe", 60, "cannot divide images of 60 px into patches"),
    ],
)
def test_a_named_row_that_cannot_take_the_pictures_is_refused(
    galaxies: Path, monkeypatch: pytest.MonkeyPatch, row: str, size: int, said: str
) -> None:
    monkeypatch.setattr(label_study, "measure", None)
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (galaxies.parent / "params.yaml").write_text(re.sub("(?m)^  size: 64 ", f"  size: {size} ", text, count=1))
    given = {**SMALL, "images": galaxies, "output": galaxies.parent / "labels.json", "state": galaxies.parent / "state"}
    with pytest.raises(InputError, match=f"the row {row} cannot be trained: .*{said}; change split.size"):
        study_labels(galaxies.parent / "params.yaml", **{**given, "rows": [row]})


def test_the_equivariant_network_is_left_out_where_it_cannot_take_the_pictures(
    galaxies: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def measure(row: str, *_: Any, share: float, **__: Any) -> dict[str, Any]:
        asked.append(row)
        return {"row": row, "share": share, "galaxies": 30, "rate": 1e-3, "right": ["10" * 15]}

    monkeypatch.setattr(label_study, "measure", measure)
    folder, text = galaxies.parent, (ROOT / "params.yaml").read_text(encoding="utf-8")
    given: dict[str, Any] = {**SMALL, "shares": [100], "images": galaxies, "state": folder / "state", "overwrite": True}
    for size, taken in ((64, True), (48, False)):
        (folder / "params.yaml").write_text(re.sub("(?m)^  size: 64 ", f"  size: {size} ", text, count=1))
        study_labels(folder / "params.yaml", **{**given, "rows": [], "output": folder / "labels.json"})
        assert ("gcnn-scratch" in asked) is taken
        assert {"custom-scratch", "dino-probe"} <= set(asked)
        asked.clear()
    assert "gcnn-scratch is left out: it needs images whose width is a multiple of 32 px" in capsys.readouterr().err
    with pytest.raises(InputError, match="gcnn-scratch cannot be trained: .* 32 px, and these have 48 px; change"):
        study_labels(folder / "params.yaml", **{**given, "rows": ["gcnn-scratch"], "output": folder / "labels.json"})
