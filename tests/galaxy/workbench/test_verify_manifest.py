"""Leaks of a split, compared with cases made by hand and with real coordinates."""

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, rotate
from typer.testing import CliRunner

from galaxy.cli import app
from galaxy.data.leaks import Leak
from galaxy.errors import InputError
from galaxy.workbench.verify_manifest import verify_manifest
from tests.galaxy_files import noise, write_galaxies


def _write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def _found(path: Path, *, galaxies: Path | None = None, table: Path | None = None) -> dict[str, Leak]:
    return {leak.kind: leak for leak in verify_manifest(path, galaxies=galaxies, table=table).leaks}


def test_each_kind_of_leak(tmp_path: Path) -> None:
    images = noise(12, 16)
    images[6] = images[0]
    images[7] = np.rot90(images[1])
    images[9] = images[8][:, ::-1]
    ra, dec = np.arange(12.0), np.zeros(12)
    ra[10], ra[11] = ra[2], ra[3] + 60 / 3600
    galaxies = write_galaxies(tmp_path / "g.h5", labels=[0, 1] * 6, images=images, ra=ra, dec=dec)
    lines = ["row,split", *(f"{row},{'train' if row < 6 else 'test'}" for row in range(12)), "4,test"]
    found = _found(_write(tmp_path / "s.csv", lines), galaxies=galaxies)
    expected = {
        "the same row": [[4, 12]],
        "the same position": [[2, 10], [4, 12]],
        "within 67 arcsec": [[2, 10], [3, 11], [4, 12]],
        "near-identical pictures": [[0, 6], [4, 12]],
        "flipped or turned copies": [[1, 7], [8, 9]],
    }
    assert {kind: leak.pairs.tolist() for kind, leak in found.items()} == expected
    assert [leak.test for leak in found.values()] == [1, 2, 3, 2, 1]
    copies = found["flipped or turned copies"]
    assert (copies.across, copies.within_test, copies.conflicting) == (1, 1, 1)
    assert copies.test_share == 1 / 7


def test_a_clean_split_is_called_clean(tmp_path: Path) -> None:
    lines = ["id,set,ra,dec,label", *(f"{row},{('Training', 'val', 'TEST')[row % 3]},{row},0,a" for row in range(9))]
    path = _write(tmp_path / "s.csv", lines)
    verdict = verify_manifest(path)
    assert verdict.clean
    assert verdict.counts == {"train": 3, "validation": 3, "test": 3}
    assert len(verdict.unchecked) == 1
    ended = CliRunner().invoke(app, ["manifest", "verify", str(path)])
    assert ended.exit_code == 0
    assert "not looked for: near-identical pictures" in ended.output


def test_a_copy_turned_by_any_angle_is_a_leak(tmp_path: Path) -> None:
    images = np.stack([gaussian_filter(one, (1, 1, 0)) for one in noise(12, 64)])
    images[11] = rotate(images[2], 33, reshape=False, order=1, mode="reflect")
    images[10] = images[1].swapaxes(0, 1)
    galaxies = write_galaxies(tmp_path / "g.h5", labels=[0, 1] * 6, images=images)
    path = _write(tmp_path / "s.csv", ["row,split", *(f"{row},{'train' if row < 8 else 'test'}" for row in range(12))])
    verdict = verify_manifest(path, galaxies=galaxies)
    found = {leak.kind: leak.pairs.tolist() for leak in verdict.leaks}
    assert found["flipped or turned copies"] == [[1, 10]]
    assert found["shifted, zoomed or otherwise turned copies"] == [[2, 11]]
    assert not verdict.clean
    assert "shifted, zoomed or otherwise turned copies: 1 test galaxy (25.0%)" in "\n".join(verdict.lines())


def test_pictures_too_small_for_shifted_copies_are_said_to_be(tmp_path: Path) -> None:
    galaxies = write_galaxies(tmp_path / "g.h5", labels=[0, 1], images=noise(2, 16))
    verdict = verify_manifest(_write(tmp_path / "s.csv", ["row,split", "0,train", "1,test"]), galaxies=galaxies)
    (line,) = [line for line in verdict.lines() if line.startswith("not looked for: shifted")]
    assert line == "not looked for: shifted or zoomed copies; the pictures must have 32 pixels on a side or more"


@pytest.mark.parametrize(
    ("header", "values", "unchecked"),
    [
        ("row,split,ra", ("5", "5"), "close positions; give ra and dec in the file"),
        ("row,split,ra,dec", ("5,1", "5,"), "close positions of 1 galaxy without ra or dec"),
    ],
)
def test_unknown_positions_are_not_said_to_be_apart(
    tmp_path: Path, header: str, values: tuple[str, str], unchecked: str
) -> None:
    path = _write(tmp_path / "s.csv", [header, f"0,train,{values[0]}", f"1,test,{values[1]}"])
    verdict = verify_manifest(path)
    assert any(text.startswith(unchecked) for text in verdict.unchecked)
    assert ("the same position" in {leak.kind for leak in verdict.leaks}) == ("dec" in header)


def test_what_is_no_split_is_one_line(tmp_path: Path) -> None:
    galaxies = write_galaxies(tmp_path / "g.h5", labels=[0, 1])
    table = _write(tmp_path / "t.csv", ["row,ra,dec,label", "0,1,2,3"])
    for lines, options, expected in (
        (["row,split"], {}, "no lines below its header"),
        (["number,split", "0,test"], {}, r"no column of the row, which may be named row or index"),
        (["row,side", "0,test"], {}, r"no column of the set, which may be named split or set"),
        (["row,split", "0,test", "1,left"], {}, "line 3: the set is 'left'; allowed are train"),
        (["row,split", "0,test,1"], {}, "line 2: the line has 3 fields, but the header has 2"),
        (["row,split", "-1,test", "0,train"], {}, "line 2: the row is '-1'"),
        (["row,split,ra", "0,test,east", "1,train,"], {}, "ra is not a number of degrees"),
        (["row,split,dec", "0,test,91", "1,train,"], {}, "dec is 91 in line 2"),
        (["row,split", "2,test", "0,train"], {"galaxies": galaxies}, "row 2 is named, but .* has only rows 0 to 1"),
        (["row,split", "2,test", "0,train"], {"table": table}, r"row 2 is not in .*t\.csv"),
    ):
        with pytest.raises(InputError, match=expected) as caught:
            verify_manifest(_write(tmp_path / "s.csv", lines), **options)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)


def test_a_random_split_of_the_real_set_leaks(shared: Path, tmp_path: Path) -> None:
    table = shared / "real" / "galaxy10_coordinates.csv"
    if not table.is_file():
        pytest.skip("no public list of Galaxy10's coordinates beside this checkout")
    shares = []
    for seed in range(5):
        test = np.random.default_rng(seed).permutation(17736) < 17736 // 5
        lines = ["row,split", *(f"{row},{'test' if is_test else 'train'}" for row, is_test in enumerate(test))]
        path = _write(tmp_path / "s.csv", lines)
        found = _found(path, table=table)
        same = found["the same position"]
        assert (len(same.pairs), same.conflicting) == (59, 59)
        assert len(found["within 67 arcsec"].pairs) == 236
        shares.append(found["within 67 arcsec"].test_share)
    assert np.mean(shares) == pytest.approx(0.020, abs=0.002)
    ended = CliRunner().invoke(app, ["manifest", "verify", str(path), "--table", str(table)])
    assert ended.exit_code == 1
    assert "59 pairs" in ended.output
    assert "leaks" in ended.output
