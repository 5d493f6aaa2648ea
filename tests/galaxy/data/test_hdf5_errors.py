from pathlib import Path

import pytest

from galaxy.data.hdf5_errors import readable
from galaxy.errors import InputError


@pytest.mark.parametrize(("number", "expected"), [(37, "no file locks"), (11, "another program")])
def test_locks_that_fail_are_told_apart(number: int, expected: str) -> None:
    with pytest.raises(InputError, match=expected), readable(Path("own.h5")):
        raise OSError(f"Unable to synchronously open file (unable to lock file, errno = {number}, error message = '')")
