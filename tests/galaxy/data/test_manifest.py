"""A manifest is read back as it was written, and the message about a damaged one names the line."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galaxy.data.manifest import read_manifest, write_manifest
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from tests.galaxy.data.manifests import make_manifest


def test_comes_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    written = make_manifest()
    write_manifest(path, written)
    found = read_manifest(path)
    for key in ("id", "row", "ra", "dec", "label", "group", "split"):
        np.testing.assert_array_equal(getattr(found, key), getattr(written, key))
    assert found.sha256 == file_sha256(path)
    assert path.read_text().splitlines()[:3] == [
        "id,row,ra,dec,label,group,split",
        "abababababab-000000,0,0.0,-1e-07,0,0,train",
        "abababababab-000001,1,,,1,1,train",
    ]


def test_where_keeps_order_and_hash(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.csv", make_manifest())
    whole = read_manifest(tmp_path / "m.csv")
    part = whole.where("test", "train")
    assert part.row.tolist() == [0, 1, 4, 5]
    assert part.sha256 == whole.sha256
    with pytest.raises(InputError, match="unknown split 'tset'; allowed are train"):
        whole.where("tset")


LINE = "abababababab-000000,0,1.5,2.5,0,0,train"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("-000000,0", "-000000,1", "row is '1'"),
        ("-000000,0", "-000000,-1", "row is '-1'"),
        ("-000000", "-0", "id is"),
        ("abab", "ABAB", "id is"),
        (",1.5", ",nan", "position is"),
        (",1.5", ",inf", "position is"),
        (",1.5", ",360.1", "position is"),
        (",2.5", ",90.1", "position is"),
        (",2.5", ",-90.00001", "position is"),
        (",2.5", ",", "only one of ra and dec"),
        (",2.5", ",1_0", "position is"),
        (",2.5,0", ",2.5,256", "label is"),
        (",2.5,0", ",2.5,1.0", "label is"),
        ("train", "Train", "split is 'Train'; allowed are train, validation, test"),
        (",train", "", "the line has 6 fields"),
        (",train", ",train,x", "the line has 8 fields"),
        ("\n", "\n\n", "the line has 0 fields"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    text = f"id,row,ra,dec,label,group,split\n{LINE}\n"
    head, tail = text.split("\n", 1)
    (tmp_path / "m.csv").write_text(head + "\n" + tail.replace(old, new, 1))
    with pytest.raises(InputError, match=rf"m\.csv, line [23]: {expected}"):
        read_manifest(tmp_path / "m.csv")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([LINE, LINE], "line 3: id abababababab-000000 is repeated"),
        ([LINE.replace("000000,0", "000001,1"), LINE], "out of order"),
        ([LINE, LINE.replace("abababababab", "cdabababab00").replace("000000,0", "000001,1")], "galaxies of 2 files"),
        ([LINE, LINE.replace("000000,0", "000001,1").replace("train", "test")], "group 0 is in more than one set"),
        ([], "names no galaxies"),
    ],
)
def test_a_broken_whole_is_one_line(tmp_path: Path, lines: list[str], expected: str) -> None:
    (tmp_path / "m.csv").write_text("\n".join(["id,row,ra,dec,label,group,split", *lines]) + "\n")
    with pytest.raises(InputError, match=expected):
        read_manifest(tmp_path / "m.csv")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_read_right_or_refused_in_one_line(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "m.csv"
    write_manifest(path, make_manifest())
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "insert", "line", "swap"])):
            case "flip":
                content[place] ^= 1 << data.draw(st.integers(0, 7))
            case "cut":
                content = content[: place + 1]
            case "insert":
                content[place:place] = data.draw(st.sampled_from([b",", b"\n", b'"', b"\0", b"\xff", b"-", b"9" * 400]))
            case "line":
                lines = content.split(b"\n")
                content = bytearray(b"\n".join([*lines, lines[place % len(lines)]]))
            case "swap":
                lines = content.split(b"\n")
                content = bytearray(b"\n".join(lines[place % len(lines) :] + lines[: place % len(lines)]))
    path.write_bytes(content)
    message = ""
    try:
        found = read_manifest(path)
        assert len(set(found.id)) == len(found) == len(set(found.row))
    except InputError as error:
        message = str(error)
    assert message == "" or path.name in message
    assert "\n" not in message
