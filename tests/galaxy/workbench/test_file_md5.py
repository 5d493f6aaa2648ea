from pathlib import Path

from galaxy.workbench.file_md5 import file_md5


def test_it_is_the_md5_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")  # RFC 1321, A.5
    assert file_md5(tmp_path / "a") == "900150983cd24fb0d6963f7d28e17f72"
