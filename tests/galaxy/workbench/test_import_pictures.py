"""A user's own pictures become a file of the pipeline with the right pixels and classes; bad ones give one line."""

import contextlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from galaxy.cli import app
from galaxy.data.layout import open_galaxies
from galaxy.data.resample import AreaResampler
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.workbench.import_pictures import import_pictures
from tests.galaxy_files import noise


def _save(path: Path, pixels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty pictures of 16 px, a folder for each of two classes, one of them with a folder more inside."""
    images = noise(20, 16)
    for number, image in enumerate(images):
        place = ("spiral", "elliptical/faint")[number % 2]
        _save(tmp_path / "mine" / place / f"{number:02d}.png", image)
    return tmp_path / "mine"


def _hashes(folder: Path) -> dict[str, str]:
    return {str(path): file_sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_folder_for_each_class(folder: Path, tmp_path: Path) -> None:
    before = _hashes(folder)
    found = import_pictures(folder, tmp_path / "my.h5")
    assert (found.classes, found.size, found.unreadable) == ({"elliptical": 10, "spiral": 10}, 16, [])
    images = noise(20, 16)
    with open_galaxies(tmp_path / "my.h5") as galaxies, h5py.File(tmp_path / "my.h5") as file:
        assert galaxies.class_names == ("elliptical", "spiral")
        assert galaxies.label.tolist() == [0] * 10 + [1] * 10
        np.testing.assert_array_equal(galaxies.images[:], np.concatenate([images[1::2], images[::2]]))
        assert np.isnan(galaxies.ra).all()
        assert file["id"].asstr()[0] == "elliptical/faint/01.png"
    assert _hashes(folder) == before


def test_the_same_bytes_twice(folder: Path, tmp_path: Path) -> None:
    for name in ("a.h5", "b.h5"):
        import_pictures(folder, tmp_path / name)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_a_table_of_paths_and_classes(folder: Path, tmp_path: Path) -> None:
    lines = ["path,label,ra,dec,pxscale"]
    lines += [f"mine/spiral/{number:02d}.png,{number % 3 + 9},{number},-{number},0.5" for number in range(0, 20, 2)]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    found = import_pictures(tmp_path / "t.csv", tmp_path / "my.h5", size=8)
    assert list(found.classes) == ["9", "10", "11"]
    with open_galaxies(tmp_path / "my.h5") as galaxies:
        assert galaxies.class_names == ("9", "10", "11")
        assert galaxies.ra.tolist() == list(range(0, 20, 2))
        assert galaxies.pxscale.tolist() == [1.0] * 10
        expected = AreaResampler(source=16, crop=None, size=8)(noise(20, 16)[::2])
        np.testing.assert_array_equal(galaxies.images[:], expected)


def test_pictures_of_any_shape_are_cropped_to_their_middle(folder: Path, tmp_path: Path) -> None:
    wide = noise(1, 40, seed=3)[0, 5:25]
    _save(folder / "spiral" / "wide.png", wide)
    with pytest.raises(InputError, match=r"2 sizes, 16 x 16 px to 20 x 40 px; give --size, at most 16"):
        import_pictures(folder, tmp_path / "my.h5")
    import_pictures(folder, tmp_path / "my.h5", size=10)
    with open_galaxies(tmp_path / "my.h5") as galaxies:
        expected = AreaResampler(source=20, crop=None, size=10)(wide[None, :, 10:30])[0]
        np.testing.assert_array_equal(galaxies.images[-1], expected)


def test_what_cannot_be_read_is_left_out_and_named(folder: Path, tmp_path: Path) -> None:
    (folder / "spiral" / "bad.jpg").write_bytes(b"no picture")
    found = import_pictures(folder, tmp_path / "my.h5")
    assert found.unreadable == [("spiral/bad.jpg", "not a JPEG, PNG or TIFF picture")]
    assert sum(found.classes.values()) == 20


def test_a_column_of_classes_may_be_called_as_those_of_predictions(folder: Path, tmp_path: Path) -> None:
    names = sorted(path.relative_to(tmp_path) for path in folder.rglob("*.png"))[:4]
    lines = [f"{name},{'ab'[number % 2]}" for number, name in enumerate(names)]
    (tmp_path / "t.csv").write_text("\n".join(["path,predicted", *lines, ""]))
    assert import_pictures(tmp_path / "t.csv", tmp_path / "my.h5", label_column="Predicted").classes == {"a": 2, "b": 2}


def test_impossible_imports_are_one_line_and_write_nothing(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "my.h5"
    (tmp_path / "empty").mkdir()
    (tmp_path / "t.csv").write_text("path,kind\nmine/spiral/00.png,a\n")
    (tmp_path / "u.csv").write_text("path,label\nmine/spiral/00.png,a\nmine/spiral/02.png,\n")
    _save(tmp_path / "flat" / "a.png", noise(1, 16)[0])
    _save(tmp_path / "one" / "only" / "a.png", noise(1, 16)[0])
    for source, options, expected in (
        (tmp_path / "absent", {}, "neither a folder of pictures nor a table"),
        (tmp_path / "empty", {}, "contains no picture"),
        (tmp_path / "t.csv", {}, r"no column of classes \(class, label.*it has kind: name it by --label-column"),
        (tmp_path / "t.csv", {"label_column": "sort"}, "no column 'sort'"),
        (tmp_path / "t.csv", {"label_column": "kind"}, "has only the class 'a'"),
        (tmp_path / "u.csv", {}, "02.png has no class; column 'label' is empty"),
        (tmp_path / "flat", {}, "a.png has no class; put it into a folder named after its class"),
        (tmp_path / "one", {}, "has only the class 'only'"),
        (folder, {"label_column": "kind"}, "--label-column names a column of a table, and .* is a folder"),
        (folder, {"path_column": "path"}, "--path-column names a column of a table, and .* is a folder"),
        (folder, {"size": 17}, "size is 17; it must be at most 16"),
        (folder, {"size": 4}, "size is 4; allowed are 8"),
    ):
        with pytest.raises(InputError, match=expected) as caught:
            import_pictures(source, output, **options)
        assert "\n" not in str(caught.value)
        assert not output.exists()


def test_an_output_is_replaced_only_when_told_so(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "my.h5").write_bytes(b"precious")
    with pytest.raises(InputError, match="exists already; give another name, or add --overwrite"):
        import_pictures(folder, tmp_path / "my.h5")
    assert (tmp_path / "my.h5").read_bytes() == b"precious"
    import_pictures(folder, tmp_path / "my.h5", overwrite=True)
    with open_galaxies(tmp_path / "my.h5") as galaxies:
        assert len(galaxies) == 20


def test_a_cut_out_keeps_position_and_scale(tmp_path: Path) -> None:
    fits = pytest.importorskip("astropy.io.fits")
    for name, value in (("a", 0.1), ("b", 0.5)):
        (tmp_path / "mine" / name).mkdir(parents=True)
        header = fits.Header()
        for key, word in (
            ("CTYPE1", "RA---TAN"), ("CTYPE2", "DEC--TAN"), ("CRVAL1", 150.0), ("CRVAL2", 2.0), ("CRPIX1", 8.5),
            ("CRPIX2", 8.5), ("CDELT1", -0.262 / 3600), ("CDELT2", 0.262 / 3600),
        ):  # fmt: skip
            header[key] = word
        flux = np.full((3, 16, 16), value, np.float32)
        flux[:, 8, 8] = 3
        fits.writeto(tmp_path / "mine" / name / "g.fits", flux, header)
    import_pictures(tmp_path / "mine", tmp_path / "my.h5")
    with open_galaxies(tmp_path / "my.h5") as galaxies:
        np.testing.assert_allclose(galaxies.ra, 150.0)
        np.testing.assert_allclose(galaxies.dec, 2.0)
        np.testing.assert_allclose(galaxies.pxscale, 0.262)


def test_the_command_prints_settings_that_fit(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "my.h5"
    words = ["import", str(folder), "--output", str(output), "--params", str(tmp_path / "absent.yaml")]
    shown = CliRunner().invoke(app, words, catch_exceptions=False).output
    assert "20 galaxies of 16 px in 2 classes" in shown
    assert "  0 elliptical: 10" in shown
    assert f'  download.source: "{output}"' in shown
    assert "  split.size: 16" in shown
    assert "  split.crop: null" in shown
    assert "  train.batch_size: 2" in shown


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_no_import_changes_what_it_reads(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("kept")
    for number, image in enumerate(noise(6, 16)):
        _save(folder / "mine" / "ab"[number % 2] / f"{number}.png", image)
    (folder / "link.png").symlink_to("mine/a/0.png")
    (folder / "hard.png").hardlink_to(folder / "mine" / "b" / "1.png")
    (folder / "t.csv").write_text("path,label\nmine/a/0.png,a\nmine/b/1.png,b\n")
    before = _hashes(folder)
    source = data.draw(st.sampled_from(["mine", "t.csv"]))
    places = [
        "mine/a/0.png",
        "mine/b/1.png",
        "link.png",
        "hard.png",
        "mine",
        "mine/a",
        "t.csv",
        "my.h5",
        "mine/a/my.h5",
    ]
    output = folder / data.draw(st.sampled_from(places))
    kept = set(before) if source == "mine" else {name for name in before if "mine/" not in name or name[-5:-4] in "01"}
    if source == "mine":
        kept.discard(str(folder / "t.csv"))
    with contextlib.suppress(InputError):
        import_pictures(folder / source, output, overwrite=data.draw(st.booleans()))
    after = _hashes(folder)
    assert {name: after.get(name) for name in kept} == {name: before[name] for name in kept}
