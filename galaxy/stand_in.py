"""Recognises what is often saved in the place of a file of data."""


def stand_in(start: bytes) -> str | None:
    """Return what a file is instead of data, and what helps; None if it may be data.

    Args:
        start: The first bytes of the file, 200 or so.
    """
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"version https://git-lfs"):
        return "is a pointer of Git LFS, not the file itself; fetch the file with git lfs pull"
    if start.startswith((b"<!doctype", b"<html")):
        return "is a web page, not the file itself; download the file that the page offers"
    if start.startswith(b"<?xml"):
        return "is an XML document, such as servers send instead of a file that they refuse; download the file again"
    return None
