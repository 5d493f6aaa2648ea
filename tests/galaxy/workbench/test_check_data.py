import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from galaxy.workbench.check_data import source_problems


@pytest.fixture
def server() -> Iterator[SimpleNamespace]:
    """A server that answers HEAD with a status of our choice."""
    chosen = SimpleNamespace(status=200, url="")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(chosen.status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        chosen.url = f"http://127.0.0.1:{running.server_port}/file"
        yield chosen
        running.shutdown()
        thread.join()


def test_servers_that_are_busy_or_know_no_head_answer(
    server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.delenv("GALAXY10_FILE", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("galaxy.data.fetch.galaxy10.URLS", (server.url,))
    sections = {"download": SimpleNamespace(source="galaxy10")}
    found = {}
    for status in (200, 405, 501, 503, 429, 403, 404):
        server.status = status
        found[status] = source_problems(sections)
    assert [status for status, problems in found.items() if problems] == [403, 404]
    assert f"put it at {tmp_path}/downloads/Galaxy10_DECals.h5" in found[404][0]
