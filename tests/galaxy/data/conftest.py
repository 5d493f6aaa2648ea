"""A local HTTP server that misbehaves on request, and small files of galaxies."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class FileServer:
    """Serves `content`; each request takes one of `faults` as long as there are any.

    A fault is a name, or a name and a number: `("break", 1000)` closes the connection after 1,000 bytes of the body.
    """

    content: bytes
    ranges: bool = True
    faults: list[object] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    served: list[tuple[int, int]] = field(default_factory=list)
    """First and past-last byte of each body that was sent without a fault in the bytes."""
    pause: float = 0.0
    """Seconds between two pieces of 4 KiB."""
    url: str = ""
    stalled: threading.Event = field(default_factory=threading.Event)
    """Set when connections that stall may end."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 0
    state: FileServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name in the base class
        pass

    def do_GET(self) -> None:
        state = self.state
        state.requests.append(dict(self.headers.items()))
        fault = state.faults.pop(0) if state.faults else None
        name, number = fault if isinstance(fault, tuple) else (fault, 0)
        self.close_connection = True
        with suppress(ConnectionError):
            self._answer(state, name, number)

    def _answer(self, state: FileServer, name: object, number: int) -> None:
        if name == "status":
            self.send_response(number)
            self.end_headers()
            return
        if name in ("retry after", "retry date"):
            self.send_response(429)
            self.send_header("Retry-After", str(number) if name == "retry after" else "Wed, 21 Oct 2015 07:28:00 GMT")
            self.end_headers()
            return
        if name == "redirect":
            self.send_response(302)
            self.send_header("Location", str(number))
            self.end_headers()
            return
        if name == "hang up":
            return
        content = state.content
        if name == "change":
            state.content = content = bytes(reversed(content))
        start = self._start(state)
        if start is not None and start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.end_headers()
            return
        first = start or 0
        body = content[first:]
        if name == "corrupt":
            body = bytes(byte ^ 1 for byte in body)
        self.send_response(200 if start is None else 206)
        if start is not None:
            shown = first + 1 if name == "wrong range" else first
            self.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        if name == "compress":
            self.send_header("Content-Encoding", "gzip")
        if name == "too much":
            body += b"x" * 100
        if name == "wrong length":
            self.send_header("Content-Length", str(len(body) + 7))
        elif name not in ("too much", "no length"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        sent = 0
        stop = number if name == "break" else len(body)
        try:
            for position in range(0, stop, 4096):
                if name == "stall" and position >= number:
                    state.stalled.wait(10)
                    return
                sent += self.wfile.write(body[position : min(position + 4096, stop)])
                if state.pause:
                    threading.Event().wait(state.pause)
        finally:
            if name in (None, "break", "no length", "stall"):
                state.served.append((first, first + sent))

    def _start(self, state: FileServer) -> int | None:
        asked = self.headers.get("Range")
        if asked is None or not state.ranges:
            return None
        return int(asked.removeprefix("bytes=").removesuffix("-"))


@pytest.fixture
def file_servers() -> Iterator[list[FileServer]]:
    """Two servers of the same 200 kB that nobody could guess."""
    content = bytes((index * index // 7 + index) % 251 for index in range(200_000))
    running = []
    states = []
    for _ in range(2):
        state = FileServer(content)
        handler = type("Handler", (_Handler,), {"state": state})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        state.url = f"http://127.0.0.1:{server.server_address[1]}/galaxies.h5"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        running.append((server, thread))
        states.append(state)
    yield states
    for state in states:
        state.stalled.set()
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()
