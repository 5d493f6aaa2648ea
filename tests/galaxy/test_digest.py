import hashlib
from pathlib import Path

import pytest

from galaxy.digest import file_sha256, value_sha256


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    (tmp_path / "file").write_bytes(content)
    assert file_sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_the_order_of_keys_does_not_matter_and_values_do() -> None:
    assert value_sha256({"a": 1, "b": [2, None]}) == value_sha256({"b": [2, None], "a": 1})
    different = [{"a": 1}, {"a": "1"}, {"a": 1.5}, {"b": 1}, [["a", 1]], {"a": None}]
    assert len({value_sha256(value) for value in different}) == len(different)


def test_what_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        value_sha256(float("nan"))
