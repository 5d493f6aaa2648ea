from pathlib import Path

import pytest

from galaxy.data.fetch.galaxy10 import FILE_NAME
from galaxy.errors import InputError
from galaxy.workbench.galaxy10_place import galaxy10_place


def test_the_file_lies_in_downloads_unless_another_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GALAXY10_FILE", raising=False)
    found = galaxy10_place()
    assert (found.name, found.parent.name) == (FILE_NAME, "downloads")
    (tmp_path / "own.h5").touch()
    monkeypatch.setenv("GALAXY10_FILE", str(tmp_path / "own.h5"))
    assert galaxy10_place() == tmp_path / "own.h5"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GALAXY10_FILE", "~/own.h5")
    assert galaxy10_place() == tmp_path / "own.h5"


def test_a_name_without_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALAXY10_FILE", str(tmp_path))
    with pytest.raises(InputError, match="where there is no file; correct it, or unset it to download"):
        galaxy10_place()


def test_the_home_of_an_unknown_user_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALAXY10_FILE", "~nobody-here/own.h5")
    with pytest.raises(InputError, match="GALAXY10_FILE is '~nobody-here/own.h5', where there is no file"):
        galaxy10_place()
