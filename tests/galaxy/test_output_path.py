import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galaxy.atomic import write_text
from galaxy.errors import InputError
from galaxy.output_path import check_output

WAYS = ("same", "relative", "dotted", "link", "link to a link", "hard link", "through a linked folder")


def other_name(path: Path, way: str) -> Path:
    """Another name of the same file."""
    folder = path.parent
    new = folder / f"other-{way.replace(' ', '-')}"
    match way:
        case "relative":
            return Path(os.path.relpath(path))
        case "dotted":
            (folder / "deeper").mkdir(exist_ok=True)
            return folder / "deeper" / ".." / path.name
        case "link":
            new.symlink_to(path)
        case "link to a link":
            (folder / "middle").symlink_to(path.name)
            new.symlink_to("middle")
        case "hard link":
            new.hardlink_to(path)
        case "through a linked folder":
            new.symlink_to(folder, target_is_directory=True)
            return new / path.name
        case _:
            return path
    return new


@settings(max_examples=60, deadline=None)
@given(way=st.sampled_from(WAYS), given_as=st.sampled_from(WAYS), overwrite=st.booleans(), position=st.integers(0, 2))
def test_no_name_of_an_input_is_an_output(
    tmp_path_factory: pytest.TempPathFactory, way: str, given_as: str, overwrite: bool, position: int
) -> None:
    folder = tmp_path_factory.mktemp("files")
    inputs = [folder / f"{number}.h5" for number in range(3)]
    for path in inputs:
        path.write_bytes(b"data")
    chosen = inputs[position]
    inputs[position] = other_name(chosen, given_as)
    output = other_name(chosen, way) if way != given_as else inputs[position]
    with pytest.raises(InputError, match="is an input of this command"):
        check_output(output, inputs=inputs, overwrite=overwrite)


def test_an_existing_output_is_replaced_only_on_demand(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    with pytest.raises(InputError, match=r"old\.csv exists already; .* --overwrite"):
        check_output(tmp_path / "old.csv", inputs=[], overwrite=False)
    assert check_output(tmp_path / "old.csv", inputs=[], overwrite=True) == tmp_path.resolve() / "old.csv"


def test_an_output_that_is_protected_from_writing_stays(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "old.csv").chmod(0o444)
    (tmp_path / "link.csv").symlink_to("old.csv")
    for name in ("old.csv", "link.csv"):
        with pytest.raises(InputError, match=rf"{name} is protected from writing; give another name"):
            check_output(tmp_path / name, inputs=[], overwrite=True)
    assert check_output(tmp_path / "deep" / "new.csv", inputs=[], overwrite=False).name == "new.csv"
    assert not (tmp_path / "deep").exists()


def test_links_are_followed_and_stay(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    target = check_output(tmp_path / "link", inputs=[], overwrite=False)  # what it names does not exist yet
    write_text(target, "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to-pipe").symlink_to("pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    for path, message in {
        tmp_path / "pipe": "is a pipe",
        tmp_path / "to-pipe": "is a pipe",
        tmp_path: "is a folder",
        Path(os.devnull): "is a device",
        Path("/dev/new"): "folder of the system",
        tmp_path / "loop": "cannot be used",
        tmp_path / "file" / "under": "cannot be",
    }.items():
        with pytest.raises(InputError, match=message):
            check_output(path, inputs=[], overwrite=True)


def test_the_mode_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_text(tmp_path / "private", "text")
        os.umask(0o002)
        write_text(tmp_path / "shared", "text")
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("private", "shared")] == [0o600, 0o664]


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="this system has no /dev/fd")
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_device_that_leads_to_a_regular_file_is_refused(tmp_path: Path, *, overwrite: bool) -> None:
    with (
        (tmp_path / "redirected.csv").open("w") as file,
        pytest.raises(InputError, match=r"lies in a folder of the system; give the name of a regular file$"),
    ):
        check_output(Path(f"/dev/fd/{file.fileno()}"), inputs=[], overwrite=overwrite)
