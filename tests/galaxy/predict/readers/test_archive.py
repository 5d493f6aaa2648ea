import io
import os
import tarfile
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.predict.readers import decode
from galaxy.predict.readers.open_inputs import open_inputs
from tests.galaxy.predict.readers.inputs import IMAGES, assert_images, read
from tests.galaxy.predict.rows import write_pictures


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
@pytest.mark.parametrize(
    "name", ["../up.png", "/etc/a.png", "in/../../up.png", "..\\up.png", "C:\\up.png", "c:/up.png"]
)
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path: Path, archive: str, name: str) -> None:
    with pytest.raises(InputError, match="leads out of the archive"):
        read(pack(tmp_path / archive, {name: b""}))


@pytest.mark.parametrize("archive", ["a.zip", "a.tar"])
def test_names_with_sexagesimal_positions_stay_in_an_archive(tmp_path: Path, archive: str) -> None:
    (path,) = write_pictures(tmp_path / "all", IMAGES[:1])
    (picture,) = read(pack(tmp_path / archive, {"J10:20:30.5-05:00:12.png": path.read_bytes()}))
    assert picture.id == "J10:20:30.5-05:00:12.png"
    assert picture.image is not None


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_archives_without_pictures_or_damaged_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="contains no picture"):
        read(pack(tmp_path / name, {"a.txt": b""}))
    (tmp_path / name).write_bytes(b"no archive")
    with pytest.raises(InputError, match="cannot be read as an archive"):
        read(tmp_path / name)


def test_a_damaged_tar_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"a\.tar cannot be read as an archive \(.*\); pack it again$"):
        read(tmp_path / "a.tar")


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


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    (path,) = write_pictures(tmp_path / "all", IMAGES[:1])
    names = ["a.gif", "b.GIF", "deep/c.webp", "deep/none", ".hidden.bmp", "deep/m.fits"]
    (tmp_path / "all" / "deep").mkdir()
    for name in names:
        (tmp_path / "all" / name).write_bytes(b"")
    (tmp_path / "all" / "circle").symlink_to(tmp_path / "all", target_is_directory=True)
    members = dict.fromkeys(names, b"") | {"a.png": path.read_bytes()}
    several = {".gif": 2, ".webp": 1, "without an ending": 1}
    for given, more in (
        (tmp_path / "all", {"as links to folders": 1}),
        (pack(tmp_path / "a.zip", members), {".fits": 1}),
        (pack(tmp_path / "a.tar", members), {".fits": 1}),
    ):
        with ExitStack() as stack:
            inputs = open_inputs([given], stack=stack)
            list(inputs.chunks(0))
            assert inputs.skipped == several | more
    path.unlink()
    (tmp_path / "all" / "deep" / "m.fits").unlink()
    with pytest.raises(
        InputError, match="all contains no picture, only 2 .gif, 1 .webp, 1 as links to folders, 1 without"
    ):
        read(tmp_path / "all")
    with pytest.raises(InputError, match="b.tar contains no picture, only 1 .gif; pictures end in .jpg"):
        read(pack(tmp_path / "b.tar", {"a.gif": b""}))


def test_links_in_an_archive_are_counted(tmp_path: Path) -> None:
    (path,) = write_pictures(tmp_path / "all", IMAGES[:1])
    with tarfile.open(tmp_path / "a.tar", "w") as file:
        file.add(path, "a.png")
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            link = tarfile.TarInfo(f"link{kind!r}.png")
            link.type, link.linkname = kind, "a.png"
            file.addfile(link)
    with ExitStack() as stack:
        inputs = open_inputs([tmp_path / "a.tar"], stack=stack)
        list(inputs.chunks(0))
        assert inputs.skipped == {"as links": 2}


def test_what_is_too_large_in_an_archive_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = write_pictures(tmp_path / "all", IMAGES[:1])
    content = path.read_bytes()
    monkeypatch.setattr(decode, "MAX_BYTES", len(content))
    for name in ("a.zip", "a.tar"):
        large, small = read(pack(tmp_path / name, {"a.png": content + b"x", "b.png": content}))
        assert (large.reason, small.reason) == (decode.TOO_LARGE, "")
