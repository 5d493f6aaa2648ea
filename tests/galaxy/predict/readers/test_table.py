from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.table import Table
from pyarrow import parquet

from galaxy.errors import InputError
from galaxy.output_path import check_output
from galaxy.predict.readers.open_inputs import open_inputs
from tests.galaxy.predict.readers.inputs import IMAGES, assert_images, read
from tests.galaxy.predict.rows import write_pictures


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
        ("id;path\n1;a.png\n", "separate the columns with commas instead of ';'"),
        ("id\tpath\n1\ta.png\n", r"separate the columns with commas instead of '\\t'"),
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
    with ExitStack() as stack:
        inputs = open_inputs([tmp_path / "table.csv"], stack=stack, path_column="cutout")
        assert [path.name for path in inputs.files()] == ["table.csv", "000.png", "absent.png"]
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
