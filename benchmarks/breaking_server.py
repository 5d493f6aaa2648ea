"""A local server of the files in a folder that breaks the connection a given number of times."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PIECE = 1 << 20  # bytes


@dataclass
class Served:
    """The files that are served, and the requests that came.

    Attributes:
        folder: Folder of the files.
        breaks: Shares of a file after which its requests break off, by name of the file; each request uses one.
        starts: First byte of each request, by name of the file.
        url: Address of the folder, without a slash at the end.
    """

    folder: Path
    breaks: dict[str, list[float]] = field(default_factory=dict)
    starts: dict[str, list[int]] = field(default_factory=dict)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: object, served: Served) -> None:
        self._served = served
        super().__init__(*arguments)  # type: ignore[arg-type]

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name in the base class
        """Print nothing."""

    def do_HEAD(self) -> None:
        """Answer with the length of the file."""
        self._head()

    def do_GET(self) -> None:
        """Send the file from the byte on that is asked for, up to where the connection is to break."""
        if (found := self._head()) is None:
            return
        path, start, size = found
        self._served.starts.setdefault(path.name, []).append(start)
        shares = self._served.breaks.get(path.name)
        end = int(size * shares.pop(0)) if shares else size
        with path.open("rb") as file, suppress(ConnectionError):
            file.seek(start)
            while start < end and (piece := file.read(min(PIECE, end - start))):
                self.wfile.write(piece)
                start += len(piece)

    def _head(self) -> tuple[Path, int, int] | None:
        self.close_connection = True
        path = self._served.folder / Path(self.path).name
        if not path.is_file():
            self.send_error(404)
            return None
        size, asked = path.stat().st_size, self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - start))
        self.send_header("ETag", f'"{path.stat().st_mtime_ns}"')
        self.end_headers()
        return path, start, size


@contextmanager
def serve(folder: Path, breaks: dict[str, list[float]]) -> Iterator[Served]:
    """Serve a folder on 127.0.0.1 at a free port.

    Args:
        folder: Folder of the files.
        breaks: By name of a file, the shares of it after which its first requests break off.
    """
    served = Served(folder, breaks)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, served=served)) as server:
        served.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
