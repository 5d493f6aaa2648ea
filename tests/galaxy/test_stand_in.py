import pytest

from galaxy.stand_in import stand_in


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b" \r\n\t"])
@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "git lfs pull"),
        (b"<!DOCTYPE html>", "web page"),
        (b"<HTML><body>", "web page"),
        (b"<?xml version='1.0'?><Error/>", "XML document"),
    ],
)
def test_what_servers_and_git_give_in_place_of_data_is_recognised(before: bytes, start: bytes, said: str) -> None:
    found = stand_in(before + start)
    assert found is not None
    assert said in found
    assert "\n" not in found


@pytest.mark.parametrize("start", [b"", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"id,path\n", b"version 2", b"< 3"])
def test_data_is_left_alone(start: bytes) -> None:
    assert stand_in(start) is None
