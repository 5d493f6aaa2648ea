import hashlib
from pathlib import Path

import requests

from benchmarks.breaking_server import serve
from galaxy.data.fetch.http_download import download


def test_a_download_over_two_breaks_has_the_right_bytes_and_fetches_none_twice(tmp_path: Path) -> None:
    content = bytes(range(256)) * 4000
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "file").write_bytes(content)
    with serve(folder, {"file": [0.25, 0.5]}) as served:
        url = f"{served.url}/file"
        assert requests.head(url, timeout=10).headers["Content-Length"] == str(len(content))
        download([url], tmp_path / "got", size=len(content), sha256=hashlib.sha256(content).hexdigest())
    assert (tmp_path / "got").read_bytes() == content
    assert served.starts == {"file": [0, len(content) // 4, len(content) // 2]}
