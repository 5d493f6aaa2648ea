from pathlib import Path

import pytest

from galaxy.data.class_names import MAX_CLASSES, check_class_names, read_class_names, write_class_names
from galaxy.errors import InputError


def test_names_come_back_as_written(tmp_path: Path) -> None:
    names = ("Disturbed", "with, comma", "spirale barrée")
    write_class_names(tmp_path / "classes.json", names)
    assert read_class_names(tmp_path / "classes.json") == names


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("ab", "is not a list of class names"),
        ([1, 2], "is not a list of class names"),
        (["one"], "has 1 class name;"),
        ([str(number) for number in range(MAX_CLASSES + 1)], "has 257 class names;"),
        (["a", " "], "has the class name ' ';"),
        (["a", "b\nc"], r"has the class name 'b\\nc';"),
        (["a", "b", "a"], "has the class name 'a' twice;"),
    ],
)
def test_other_lists_are_refused_with_what_is_allowed(names: object, said: str) -> None:
    with pytest.raises(InputError, match=f"^own.h5 {said}.*allowed are 2 to 256 different"):
        check_class_names(names, where="own.h5")


@pytest.mark.parametrize("content", [None, "{", "[" * 100_000, '["one"]'])
def test_a_damaged_file_is_one_line(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "classes.json").write_text(content)
    with pytest.raises(InputError, match=r"classes\.json") as caught:
        read_class_names(tmp_path / "classes.json")
    assert "\n" not in str(caught.value)
