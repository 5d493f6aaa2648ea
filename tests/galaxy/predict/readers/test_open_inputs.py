import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from galaxy.errors import InputError
from galaxy.predict.readers.open_inputs import open_inputs
from tests.galaxy.predict.readers.inputs import IMAGES, read
from tests.galaxy.predict.rows import write_hdf5, write_pictures


def test_several_inputs_follow_one_another(tmp_path: Path) -> None:
    first, single = write_pictures(tmp_path / "a", IMAGES), write_pictures(tmp_path / "single", IMAGES[:1])[0]
    write_pictures(tmp_path / "b", IMAGES[:2])
    write_hdf5(tmp_path / "c.h5", IMAGES)
    inputs = (tmp_path / "a", tmp_path / "b", tmp_path / "c.h5", single)
    whole = [picture.id for picture in read(*inputs)]
    assert whole[0] == f"{tmp_path / 'a'}/000.png"
    assert whole[-1] == str(single)
    assert len(set(whole)) == len(first) + 2 + 5 + 1
    for skip in range(len(whole)):
        assert [picture.id for picture in read(*inputs, skip=skip)] == whole[skip:]


def test_what_is_no_input_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("text")
    os.mkfifo(tmp_path / "pipe.png")
    write_pictures(tmp_path, IMAGES[:1])[0].rename(tmp_path / "a.png")
    for path, message in {
        tmp_path / "empty": "contains no picture; pictures end in .jpg",
        tmp_path / "notes.txt": "is of an unknown kind",
        tmp_path / "absent.png": "No such file or directory",
        tmp_path / "pipe.png": "is neither a file nor a folder",
    }.items():
        with pytest.raises(InputError, match=message):
            read(path)
    with pytest.raises(InputError, match="is given twice"):
        read(tmp_path / "a.png", tmp_path / "empty" / ".." / "a.png")


def test_tables_that_share_ids_are_refused_together(tmp_path: Path) -> None:
    write_pictures(tmp_path / "all", IMAGES)
    (tmp_path / "a.csv").write_text("id,path\n1,all/000.png\n2,all/001.png\n")
    (tmp_path / "b.csv").write_text("id,path\n3,all/002.png\n2,all/003.png\n")
    with pytest.raises(InputError, match=r"a.csv and .*b.csv have 1 id in common"):
        read(tmp_path / "a.csv", tmp_path / "b.csv")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Kind", "Kind"),
        ("kind", "kind"),
        ("KIND", "Kind"),
        ("predicted", "predicted_in_table"),
        ("Predicted", "Predicted"),
        ("Set", "set_in_table"),
        ("absent", None),
    ],
)
def test_a_column_is_found_as_it_is_written_and_otherwise_in_any_case(
    tmp_path: Path, name: str, found: str | None
) -> None:
    (tmp_path / "table.csv").write_text("path,Kind,kind,predicted,Predicted,set\na.png,1,2,3,4,5\n")
    with ExitStack() as stack:
        assert open_inputs([tmp_path / "table.csv"], stack=stack).column(name) == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["all", "all/000.png"], "all and all/000.png have 1 id in common; give each picture once"),
        (["all", "all/000.png", "all/001.png"], "all and the 2 single files have 2 ids in common"),
        (["all", "all/deep"], "all and all/deep have 1 id in common"),
        (["all.h5", "again.h5"], "all.h5 and again.h5 have 5 ids in common"),
        (["all/000.png", "paths.csv"], "paths.csv and all/000.png have 1 id in common"),
    ],
)
def test_a_picture_that_two_inputs_contain_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], said: str
) -> None:
    write_pictures(tmp_path / "all", IMAGES)
    write_pictures(tmp_path / "all" / "deep", IMAGES[:1])
    write_hdf5(tmp_path / "all.h5", IMAGES)
    shutil.copy(tmp_path / "all.h5", tmp_path / "again.h5")
    (tmp_path / "paths.csv").write_text("path\nall/000.png\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said):
        read(*map(Path, given))


@pytest.mark.parametrize("name", ["a.h5", "a.zip", "a.tar", "a.csv", "a.parquet"])
def test_what_was_saved_in_place_of_an_input_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("<!DOCTYPE html><html>404</html>")
    with pytest.raises(InputError, match=rf"{name} is a web page, not the file itself; download"):
        read(tmp_path / name)


def test_a_cut_out_with_a_table_is_a_picture_and_a_table_without_bands_is_not(tmp_path: Path) -> None:
    write_pictures(tmp_path, IMAGES)
    table = fits.table_to_hdu(Table({"path": ["000.png"], "id": [7]}))
    cube = fits.PrimaryHDU(np.ones((3, 20, 20), dtype=np.float32))
    fits.HDUList([cube, table]).writeto(tmp_path / "cube.fits")
    fits.HDUList([fits.PrimaryHDU(np.ones((20, 20))), table]).writeto(tmp_path / "table.fits")
    text = fits.TableHDU.from_columns([fits.Column("path", "A7", array=["000.png"])])
    fits.HDUList([fits.PrimaryHDU(), text]).writeto(tmp_path / "text.fits")
    assert [read(tmp_path / f"{name}.fits")[0].id for name in ("table", "text")] == ["7", "000.png"]
    (picture,) = read(tmp_path / "cube.fits")
    assert picture.image is not None
    assert picture.image.shape == (20, 20, 3)


def test_frames_of_a_survey_with_a_table_behind_them_are_bands(tmp_path: Path) -> None:
    table = fits.table_to_hdu(Table({"path": ["000.png"], "id": [7]}))
    bands = [np.full((20, 20), value, dtype=np.float32) for value in (0.1, 0.2, 0.3)]
    for name, band in zip("grz", bands, strict=True):
        sky = fits.ImageHDU(np.zeros((5, 5), dtype=np.float32))
        fits.HDUList([fits.PrimaryHDU(band), sky, table]).writeto(tmp_path / f"frame-{name}-01.fits")
        fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(band), table]).writeto(tmp_path / f"image-{name}-01.fits")
    for form in ("frame", "image"):
        (picture,) = read(*(tmp_path / f"{form}-{name}-01.fits" for name in "grz"))
        assert picture.image is not None, picture.reason


def test_a_link_that_leads_to_itself_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "loop.h5").symlink_to("loop.h5")
    for path in (tmp_path / "loop.h5", tmp_path / "loop.h5" / "galaxy.png"):
        with pytest.raises(InputError, match="cannot be read"):
            read(path)
