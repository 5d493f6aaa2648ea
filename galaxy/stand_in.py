"""Recognises what is often saved in the place of a file of data."""


def stand_in(start: bytes) -> str | None:
    """Return what a file is instead of data, and what helps; None if it may be data.

    Args:
        start: The first bytes of the file, 200 or so.
    """
    start = start.lstrip().lower()
    if start.startswith(b"version https://git-lfs"):
        return "is a pointer of Git LFS, not the file itself; fetch the file with git lfs pull"
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "is a web page, not the file itself; download the file that the page offers"
    return None
