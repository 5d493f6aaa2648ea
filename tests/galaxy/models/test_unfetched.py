import errno
from pathlib import Path

import pytest

from galaxy.models.unfetched import unfetched


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), ": make room for weights and run again"),
        (PermissionError(errno.EACCES, "Permission denied"), ": make weights writable and run again"),
        (OSError(errno.EROFS, "Read-only file system"), ": make weights writable and run again"),
        (ConnectionError("no route"), " (no route): run again, or put the file there"),
    ],
)
def test_the_advice_fits_the_reason(error: Exception, ending: str) -> None:
    said = str(unfetched("the weights of VGG11", error, folder=Path("weights"), by_hand="put the file there"))
    assert said.startswith("the weights of VGG11 cannot be fetched (")
    assert said.endswith(ending)


def test_a_long_explanation_is_cut_to_its_first_sentence() -> None:
    error = ValueError("The host is not reachable.\nPlease check:\n - the network. And so on. " + "x" * 500)
    assert "(The host is not reachable): " in str(unfetched("weights", error, folder=Path("w"), by_hand="copy it"))


def test_an_error_without_text_is_named_by_its_type() -> None:
    assert "(TimeoutError): " in str(unfetched("weights", TimeoutError(), folder=Path("w"), by_hand="copy it"))
