"""Files that Galaxy10's layout allows are read; all others are refused with one line."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from galaxy.classes import GALAXY10_CLASSES, GALAXY10_COUNTS
from galaxy.data.chunked_images import iterate_blocks
from galaxy.data.layout import open_galaxies
from galaxy.data.unlabelled import open_unlabelled
from galaxy.errors import InputError
from tests.galaxy_files import noise, write_galaxies


def _refused(path: Path) -> str:
    with pytest.raises(InputError) as caught, open_galaxies(path):
        pass
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


def _replace(file: h5py.File, name: str, data: Any) -> None:
    del file[name]
    file.create_dataset(name, data=data)


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4, 16, 16, 3), np.uint8)
    layout[:] = h5py.VirtualSource("elsewhere.h5", "images", (4, 16, 16, 3))
    del file["images"]
    file.create_virtual_dataset("images", layout)


def _external_storage(file: h5py.File) -> None:
    del file["images"]
    file.create_dataset("images", (4, 16, 16, 3), np.uint8, external=[("elsewhere.raw", 0, h5py.h5f.UNLIMITED)])


def _unknown_filter(file: h5py.File) -> None:
    del file["images"]
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4, 16, 16, 3))
    plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, ())
    space = h5py.h5s.create_simple((4, 16, 16, 3))
    h5py.h5d.create(file.id, b"images", h5py.h5t.NATIVE_UINT8, space, plist)


def _declared_only(file: h5py.File) -> None:
    del file["images"]
    file.create_dataset("images", (4, 4096, 4096, 3), np.uint8)


def _one_chunk_missing(file: h5py.File) -> None:
    del file["images"]
    images = file.create_dataset("images", (4, 16, 16, 3), np.uint8, chunks=(1, 16, 16, 3), compression="gzip")
    for row in (0, 1, 3):
        images[row] = row


def _soft_link(file: h5py.File) -> None:
    file.move("images", "pictures")
    file["images"] = h5py.SoftLink("/pictures")


def _external_link(file: h5py.File) -> None:
    del file["ra"]
    file["ra"] = h5py.ExternalLink("/etc/passwd", "/ra")


def _group(file: h5py.File) -> None:
    del file["ans"]
    file.create_group("ans")


CASES: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "no images": (lambda file: file.__delitem__("images"), r"no data set 'images' \(the pictures"),
    "no ans": (lambda file: file.__delitem__("ans"), r"no data set 'ans' \(the labels"),
    "flat": (lambda file: _replace(file, "images", np.zeros((4, 16, 16), np.uint8)), r"shape \(4, 16, 16\)"),
    "oblong": (lambda file: _replace(file, "images", np.zeros((4, 16, 18, 3), np.uint8)), "square"),
    "grey": (lambda file: _replace(file, "images", np.zeros((4, 16, 16, 1), np.uint8)), "3 channels"),
    "scalar": (lambda file: _replace(file, "images", np.uint8(1)), r"shape \(\)"),
    "nothing": (lambda file: _replace(file, "images", h5py.Empty("u1")), "shape None"),
    "float": (lambda file: _replace(file, "images", np.zeros((4, 16, 16, 3))), "has type float64; it must be uint8"),
    "signed": (lambda file: _replace(file, "images", np.zeros((4, 16, 16, 3), np.int8)), "has type int8"),
    "none left": (lambda file: _replace(file, "images", np.zeros((0, 16, 16, 3), np.uint8)), "holds 0 images"),
    "tiny": (lambda file: _replace(file, "images", np.zeros((4, 4, 4, 3), np.uint8)), "images of 4 px"),
    "short ans": (lambda file: _replace(file, "ans", np.zeros(3, np.uint8)), r"\(3,\).*4 images"),
    "wide ans": (lambda file: _replace(file, "ans", np.zeros(4, np.int64)), "int64"),
    "text ra": (lambda file: _replace(file, "ra", np.array([b"1"] * 4)), "'ra'.*floating-point"),
    "long dec": (lambda file: _replace(file, "dec", np.zeros(5)), "'dec' has shape"),
    "half a position": (lambda file: _replace(file, "redshift", np.zeros((4, 1))), "'redshift' has shape"),
    "infinite ra": (lambda file: _replace(file, "ra", np.array([1, 2, np.inf, 4])), "'ra' is inf in row 2"),
    "far ra": (lambda file: _replace(file, "ra", np.array([1, 2, 3, 400.0])), "'ra' is 400 in row 3.*-360 to 360"),
    "high dec": (lambda file: _replace(file, "dec", np.array([1, 90.01, 3, -91])), r"'dec' is 90.01 in row 1 \(2 such"),
    "virtual": (_virtual, "virtual data set"),
    "external storage": (_external_storage, "stored in other files"),
    "unknown filter": (_unknown_filter, "filter 32015; allowed are gzip"),
    "soft link": (_soft_link, "'images' is a soft link"),
    "external link": (_external_link, "'ra' is an external link"),
    "group": (_group, "'ans' is a group"),
    "too few names": (lambda file: file.attrs.__setitem__("class_names", ["a", "b"]), "'ans' is 2 in row 2"),
    "one name": (lambda file: file.attrs.__setitem__("class_names", ["a"]), "1 class name"),
    "twice a name": (lambda file: file.attrs.__setitem__("class_names", ["a", "b", "a"]), "'a' twice"),
    "no text": (lambda file: file.attrs.__setitem__("class_names", [1, 2, 3]), "list of text"),
    "one text": (lambda file: file.attrs.__setitem__("class_names", "abc"), "list of text"),
    "declared and never written": (_declared_only, "declares 201326592 bytes but contains 0"),
    "a chunk missing": (_one_chunk_missing, "declares 4 chunks but contains 3"),
    "bad text": (lambda file: file.attrs.__setitem__("class_names", np.array([b"\xff", b"b", b"c"])), "UTF-8"),
}


@pytest.mark.parametrize("case", CASES)
def test_anything_else_gets_one_line(tmp_path: Path, case: str) -> None:
    path = write_galaxies(tmp_path / "own.h5", labels=[0, 1, 2, 2])
    change, expected = CASES[case]
    with h5py.File(path, "r+") as file:
        change(file)
    import re

    message = _refused(path)
    assert re.search(expected, message), message


@pytest.mark.parametrize(
    "content", [b"", b"\x89HD", b"SIMPLE  =", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + b"\0" * 900]
)
def test_no_hdf5(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.h5"
    path.write_bytes(content)
    _refused(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "No such file" in _refused(tmp_path / "own.h5")
    assert "directory" in _refused(tmp_path)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.9, 0.999])
def test_truncation_is_met_at_once(tmp_path: Path, share: float) -> None:
    path = write_galaxies(tmp_path / "own.h5", labels=[0, 1, 2])
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    _refused(path)


def test_what_is_unknown_is_nan_and_right_ascension_wraps(tmp_path: Path) -> None:
    nan = np.nan
    path = write_galaxies(tmp_path / "own.h5", labels=[0, 1, 1, 0], ra=[-10, 360, 5, nan], dec=[90, -90, nan, 3])
    with h5py.File(path, "r+") as file:
        del file["pxscale"]
    with open_galaxies(path) as galaxies:
        np.testing.assert_array_equal(galaxies.ra, [350, 0, nan, nan])
        np.testing.assert_array_equal(galaxies.dec, [90, -90, nan, nan])
        assert np.isnan(galaxies.pxscale).all()
        assert (len(galaxies), galaxies.size) == (4, 16)


def test_class_names_come_from_the_file_or_are_those_of_galaxy10_for_its_own_counts(tmp_path: Path) -> None:
    published = np.repeat(np.arange(10), list(GALAXY10_COUNTS.values()))
    blank = np.zeros((len(published), 8, 8, 3), np.uint8)
    ten = write_galaxies(tmp_path / "ten.h5", labels=published, images=blank)
    one_more = write_galaxies(tmp_path / "more.h5", labels=[*published, 9], images=np.zeros((17737, 8, 8, 3), np.uint8))
    small = write_galaxies(tmp_path / "small.h5", labels=range(10), size=256)
    three = write_galaxies(tmp_path / "three.h5", labels=[0, 2])
    named = write_galaxies(tmp_path / "named.h5", labels=[0, 1], class_names=["spiral", "étrange"])
    numbers = tuple(f"class {number}" for number in range(10))
    for path, expected, has_names in (
        (ten, GALAXY10_CLASSES, False),
        (one_more, numbers, False),
        (small, numbers, False),
        (three, ("class 0", "class 1", "class 2"), False),
        (named, ("spiral", "étrange"), True),
    ):
        with open_galaxies(path) as galaxies:
            assert (galaxies.class_names, galaxies.named) == (expected, has_names)


@pytest.mark.parametrize("block", [512, 4096, 1 << 22])
def test_a_user_block_is_skipped(tmp_path: Path, block: int) -> None:
    path = tmp_path / "own.h5"
    images = noise(4, 16)
    for options in ({}, {"chunks": (2, 16, 16, 3), "compression": "gzip"}):
        with h5py.File(path, "w", userblock_size=block) as file:
            file.create_dataset("images", data=images, **options)
            file["ans"] = np.array([0, 1, 1, 0], np.uint8)
        with open_galaxies(path) as galaxies:
            for start, found in iterate_blocks(galaxies):
                np.testing.assert_array_equal(found, images[start : start + len(found)])


@pytest.mark.parametrize("opener", [open_galaxies, open_unlabelled])
def test_a_file_that_another_program_has_open_is_not_called_damaged(tmp_path: Path, opener: Any) -> None:
    path = write_galaxies(tmp_path / "own.h5", labels=[0, 1])
    code = f"import h5py; f = h5py.File({str(path)!r}, 'r+'); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(InputError, match="own.h5 is open for writing in another program"), opener(path):
            pass
        other.communicate(b"\n")
    with opener(path) as galaxies:
        assert len(galaxies) == 2


def test_a_file_that_a_killed_program_left_open_says_how_to_clear_it(tmp_path: Path) -> None:
    path = tmp_path / "own.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["images"], file["ans"] = noise(4, 16), np.array([0, 1, 1, 0], np.uint8)
    opened = f"import h5py, os; f = h5py.File({str(path)!r}, 'r+', libver='latest'); f.swmr_mode = True; f.flush();"
    subprocess.run([sys.executable, "-c", f"{opened} os.kill(os.getpid(), 9)"], check=False)
    assert f"h5clear -s {path}" in _refused(path)


def test_a_stand_in_for_unknown_positions_is_refused(tmp_path: Path) -> None:
    ra, dec = np.arange(30.0), np.zeros(30)
    ra[:11] = 0
    message = _refused(write_galaxies(tmp_path / "own.h5", labels=[0, 1] * 15, ra=ra, dec=dec))
    assert "11 of 30 rows have the position ra 0, dec 0; write NaN" in message
    ra[:2] = np.nan
    with open_galaxies(write_galaxies(tmp_path / "own.h5", labels=[0, 1] * 15, ra=ra, dec=dec)) as galaxies:
        assert galaxies.without_ra == 2


def test_the_real_files_pass(real50: Path, real4: Path) -> None:
    for path, count, classes in ((real50, 50, 10), (real4, 1517, 4)):
        with open_galaxies(path) as galaxies:
            assert (len(galaxies), len(galaxies.class_names), galaxies.named) == (count, classes, True)
