import io
import os
import shutil
import tarfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy.table import Table
from pyarrow import parquet

from galaxy.errors import InputError
from galaxy.output_path import check_output
from galaxy.predict.picture import Picture
from galaxy.predict.readers.open_inputs import open_inputs
from tests.galaxy.predict.rows import galaxies, write_hdf5, write_pictures

IMAGES = galaxies(5, size=16)


def read(*paths: Path, skip: int = 0, **options: Any) -> list[Picture]:
    with ExitStack() as stack:
        return [picture for chunk in open_inputs(paths, stack=stack, **options).chunks(skip) for picture in chunk()]


def assert_images(pictures: list[Picture]) -> None:
    assert len(pictures) == len(IMAGES)
    for picture, image in zip(pictures, IMAGES, strict=True):
        assert picture.image is not None, picture.reason
        np.testing.assert_array_equal(picture.image, image)


def pack(path: Path, members: dict[str, bytes]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as file:
            for name, content in members.items():
                file.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as file:
            for name, content in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    return path


def test_folders_are_searched_and_sorted(tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "all", IMAGES)
    (tmp_path / "all" / "deep" / "er").mkdir(parents=True)
    paths[4].rename(tmp_path / "all" / "deep" / "er" / "4.PNG")
    for name in ("notes.txt", ".hidden.png", "data.h5"):
        (tmp_path / "all" / name).write_text("no picture")
    pictures = read(tmp_path / "all")
    assert_images(pictures)
    assert [picture.id for picture in pictures] == ["000.png", "001.png", "002.png", "003.png", "deep/er/4.PNG"]


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_archives_are_read_without_unpacking(tmp_path: Path, name: str) -> None:
    paths = write_pictures(tmp_path / "all", IMAGES)
    members = {f"some/{path.name}": path.read_bytes() for path in paths} | {
        "some/readme.txt": b"",
        "__MACOSX/x.png": b"",
    }
    archive = pack(tmp_path / name, members)
    pictures = read(archive)
    assert_images(pictures)
    assert pictures[0].id == "some/000.png"
    assert [picture.id for picture in read(archive, skip=3)] == ["some/003.png", "some/004.png"]


@pytest.mark.parametrize("archive", ["a.zip", "a.tar"])
@pytest.mark.parametrize("name", ["../up.png", "/etc/a.png", "in/../../up.png", "..\\up.png"])
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path: Path, archive: str, name: str) -> None:
    with pytest.raises(InputError, match="leads out of the archive"):
        read(pack(tmp_path / archive, {name: b""}))


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_archives_without_pictures_or_damaged_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="contains no picture"):
        read(pack(tmp_path / name, {"a.txt": b""}))
    (tmp_path / name).write_bytes(b"no archive")
    with pytest.raises(InputError, match="cannot be read as an archive"):
        read(tmp_path / name)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".fits", ".vot", ".ecsv"])
def test_tables_name_pictures(tmp_path: Path, ending: str) -> None:
    paths = write_pictures(tmp_path / "all", IMAGES)
    table = Table(
        {
            "objid": np.arange(5) + 100,
            "file_loc": [f"all/{path.name}" for path in paths],
            "RA": np.arange(5) + 0.5,
            "dec": np.arange(5) - 2.5,
            "redshift": np.arange(5) / 10,
            "good": np.arange(5) > 2,
        }
    )
    path = tmp_path / f"table{ending}"
    if ending == ".parquet":
        parquet.write_table(pa.table({name: table[name].tolist() for name in table.colnames}), path)
    else:
        table.write(path, format={".csv": "ascii.csv", ".ecsv": "ascii.ecsv", ".vot": "votable"}.get(ending, "fits"))
    pictures = read(path)
    assert_images(pictures)
    assert [picture.id for picture in pictures] == ["100", "101", "102", "103", "104"]
    assert [(picture.ra, picture.dec) for picture in pictures] == [(n + 0.5, n - 2.5) for n in range(5)]
    shown = [picture.further for picture in pictures]
    number = str if ending == ".csv" else float
    assert [values["redshift"] for values in shown] == [number(n / 10) for n in range(5)]
    assert list(shown[0]) == ["redshift", "good"]
    with ExitStack() as stack:
        kinds = open_inputs([path], stack=stack).further
    expected = {"redshift": "number", "good": "boolean"}
    assert kinds == ({"redshift": "text", "good": "text"} if ending == ".csv" else expected)
    assert [picture.id for picture in read(path, skip=3)] == ["103", "104"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the names of the columns"),
        ("a,b\n1,2\n", r"has no column of paths \(path, file.*it has a, b"),
        ("path\n", "has no rows"),
        ("path,path\n", "the names of the columns, each once"),
        ("id,path\n1,a.png\n1,b.png\n", "column 'id' names 1 of 2 galaxies again; give each an id of its own"),
        ("path\na.png\na.png\n", "column 'path' names 1 of 2 galaxies again; give each an id of its own"),
        ("id,path\n1,a.png\n,b.png\n", "column 'id' is empty in row 2; give each galaxy an id"),
        ("path,b\na.png\n", "line 2: the line has 1 field, but the header has 2"),
        ("path\n\x00\xff\n", "cannot be read|has no rows|line"),
    ],
)
def test_unusable_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "table.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=message):
        read(tmp_path / "table.csv")


def test_a_path_with_a_nul_character_is_a_row_with_the_reason(tmp_path: Path) -> None:
    write_pictures(tmp_path / "all", IMAGES)
    (tmp_path / "table.csv").write_bytes(b"id,path\nA,all/000.png\nB,all/\x00.png\n")
    first, second = read(tmp_path / "table.csv")
    assert first.image is not None
    assert second.reason == "the path contains a character that no path can contain"
    with ExitStack() as stack:
        given = list(open_inputs([tmp_path / "table.csv"], stack=stack).files())
        assert check_output(tmp_path / "table.csv.out", inputs=given, overwrite=False)
        with pytest.raises(InputError, match="is an input of this command"):
            check_output(tmp_path / "all" / "000.png", inputs=reversed(given), overwrite=True)


def test_another_column_of_paths_can_be_named(tmp_path: Path) -> None:
    write_pictures(tmp_path / "all", IMAGES)
    (tmp_path / "table.csv").write_text("id,cutout\nA,all/000.png\nB,\nC,all/absent.png\n")
    first, second, third = read(tmp_path / "table.csv", path_column="cutout")
    assert first.image is not None
    assert second.reason == "no path in the table"
    assert third.reason == "cannot be read (No such file or directory)"
    with pytest.raises(InputError, match="has no column 'other'"):
        read(tmp_path / "table.csv", path_column="other")


@pytest.mark.parametrize("ending", [".parquet", ".fits", ".vot", ".ecsv"])
def test_damaged_tables_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"table{ending}"
    path.write_bytes(b"no table at all" * 10)
    if ending == ".fits":  # taken for a cut-out, which is one row
        assert read(path)[0].reason.startswith("cannot be read as FITS")
        return
    with pytest.raises(InputError, match="cannot be read as a table"):
        read(path)


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


def test_doubled_ids_in_a_file_are_refused(tmp_path: Path) -> None:
    import h5py

    write_hdf5(tmp_path / "a.h5", IMAGES)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["id"] = [1, 2, 2, 3, 4]
    with pytest.raises(InputError, match="id 2 occurs more than once"):
        read(tmp_path / "a.h5")


def test_tables_that_share_ids_are_refused_together(tmp_path: Path) -> None:
    write_pictures(tmp_path / "all", IMAGES)
    (tmp_path / "a.csv").write_text("id,path\n1,all/000.png\n2,all/001.png\n")
    (tmp_path / "b.csv").write_text("id,path\n3,all/002.png\n2,all/003.png\n")
    with pytest.raises(InputError, match=r"a.csv and .*b.csv have 1 id in common"):
        read(tmp_path / "a.csv", tmp_path / "b.csv")


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


def test_a_damaged_tar_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"a\.tar cannot be read as an archive \(.*\); pack it again$"):
        read(tmp_path / "a.tar")


def test_rows_without_a_path_need_no_id_where_paths_are_the_ids(tmp_path: Path) -> None:
    write_pictures(tmp_path / "all", IMAGES)
    (tmp_path / "table.csv").write_text("path,z\nall/000.png,1\n,2\n,3\n")
    pictures = read(tmp_path / "table.csv")
    assert [(picture.id, picture.reason) for picture in pictures] == [
        ("all/000.png", ""),
        ("", "no path in the table"),
        ("", "no path in the table"),
    ]


@pytest.mark.parametrize("kind", ["number", "struct", "list", "binary"])
def test_a_column_of_paths_contains_text(tmp_path: Path, kind: str) -> None:
    values = {"number": 1, "struct": {"bytes": b"\x89PNG", "path": "a.png"}, "list": ["a.png"], "binary": b"a.png"}
    parquet.write_table(pa.table({"id": [1], "image": [values[kind]]}), tmp_path / "table.parquet")
    with pytest.raises(InputError, match="column 'image' contains no text, so it cannot name pictures"):
        read(tmp_path / "table.parquet")


def test_columns_of_every_type_come_along(tmp_path: Path) -> None:
    write_pictures(tmp_path, IMAGES)
    table = pa.table(
        {
            "path": pa.array(["000.png", "001.png"]).dictionary_encode(),
            "list": [[1, 2], None],
            "struct": [{"a": 1}, {"a": None}],
            "binary": [b"ab", b"\xff"],
            "unsigned": pa.array([2**64 - 1, None], pa.uint64()),
            "nan": [float("nan"), 1.0],
            "infinite": [float("inf"), float("-inf")],
            "when": pa.array([0, 1], pa.timestamp("ms")),
        }
    )
    parquet.write_table(table, tmp_path / "table.parquet")
    first, second = read(tmp_path / "table.parquet")
    assert first.further == {
        "list": "[1, 2]",
        "struct": "{'a': 1}",
        "binary": "ab",
        "unsigned": "18446744073709551615",
        "nan": None,
        "infinite": float("inf"),
        "when": "1970-01-01 00:00:00",
    }
    assert second.further["list"] is None
    assert second.further["nan"] == 1
    with ExitStack() as stack:
        kinds = open_inputs([tmp_path / "table.parquet"], stack=stack).further
    assert [kinds[name] for name in ("list", "unsigned", "nan", "infinite")] == ["text", "text", "number", "number"]


def test_doubled_columns_of_parquet_are_refused(tmp_path: Path) -> None:
    table = pa.table([pa.array(["a"]), pa.array(["b"]), pa.array(["a.png"])], names=["id", "id", "path"])
    parquet.write_table(table, tmp_path / "table.parquet")
    with pytest.raises(InputError, match="has the columns id, id, path; give each a name of its own"):
        read(tmp_path / "table.parquet")


def test_pictures_of_one_name_in_an_archive(tmp_path: Path) -> None:
    content = [path.read_bytes() for path in write_pictures(tmp_path / "all", IMAGES)]
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as file:
        file.writestr("a.png", content[0])
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("a.png", content[1])
    with pytest.raises(InputError, match="contains 'a.png' more than once"):
        read(tmp_path / "twice.zip")
    with tarfile.open(tmp_path / "twice.tar", "w") as file:
        for one in content[:2]:
            info = tarfile.TarInfo("a.png")
            info.size = len(one)
            file.addfile(info, io.BytesIO(one))
    for skip in (0, 1):
        pictures = read(tmp_path / "twice.tar", skip=skip)
        assert len(pictures) == 2 - skip
        assert pictures[-1].reason == "the archive contains an earlier picture of this name"


def test_names_that_are_not_utf_8_are_escaped(tmp_path: Path) -> None:
    (path,) = write_pictures(tmp_path / "all", IMAGES[:1])
    path.rename(os.fsdecode(os.fsencode(tmp_path / "all") + b"/bad\xff.png"))
    (picture,) = read(tmp_path / "all")
    assert picture.image is not None
    assert picture.id == "bad\\udcff.png"
