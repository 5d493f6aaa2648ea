from pathlib import Path

import pytest

from galaxy.data.hdf5_errors import readable
from galaxy.errors import InputError


@pytest.mark.parametrize(("number", "expected"), [(37, "no file locks"), (11, "another program")])
def test_locks_that_fail_are_told_apart(number: int, expected: str) -> None:
    with pytest.raises(InputError, match=expected), readable(Path("own.h5")):
        raise OSError(f"Unable to synchronously open file (unable to lock file, errno = {number}, error message = '')")


def test_too_little_memory_is_not_called_damage_alone() -> None:
    expected = r"own\.h5 cannot be read: .* more memory than is free, or the file is damaged;"
    with pytest.raises(InputError, match=expected), readable(Path("own.h5")):
        raise MemoryError
