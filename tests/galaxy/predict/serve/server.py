"""A running server of a row of a few galaxies, and requests to it."""

import http.client
import io
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from PIL import Image

from galaxy.data.manifest import Manifest
from galaxy.data.store import ImageStore, open_store
from galaxy.predict.options import Options
from galaxy.predict.reference import reference_of
from galaxy.predict.serve.app import create_app
from galaxy.predict.serve.look import Looker
from galaxy.predict.serve.training_neighbours import TrainingNeighbours
from galaxy.predict.trained_row import TrainedRow, load_row
from galaxy.workbench.serve_command import _listen
from tests.galaxy.predict.rows import CPU, NAMES, make_reference, make_row

Server = tuple[int, TrainedRow, ImageStore]
"""Port, row, and store of the galaxies that it knows."""


def png(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Return the image as a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


def training(store: ImageStore) -> Manifest:
    """A manifest in which all galaxies of a store but the last are for training."""
    count = len(store)
    unknown = np.full(count, np.nan)
    rows = np.arange(count)
    split = np.array(["train"] * (count - 1) + ["test"])
    return Manifest(store.ids, rows, unknown, unknown, rows % len(NAMES), rows, split, "0" * 64)


@contextmanager
def running(root: Path) -> Iterator[tuple[int, TrainedRow, ImageStore]]:
    """Serve a row; yields the port, the row, and the images of its training galaxies."""
    row = load_row(make_row(root), device=CPU)
    make_reference(root, row.folder)
    store = open_store(root / "store")
    reference = reference_of(row, predictions=root / "predictions" / "custom.npz", store=root / "store")
    look = Looker(
        row,
        options=Options(),
        reference=reference,
        training=TrainingNeighbours(row, training(store), store, NAMES),
    )
    app = create_app(look, row="custom", learnt_from="noise", coverage=0.9)
    with _listen(0) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1], row, store
        finally:
            server.should_exit = True
            thread.join()


def ask(
    port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes, dict[str, str]]:
    """Status, content and headers of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def send(
    port: int, files: Sequence[tuple[str, bytes]], *, query: str = "", headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """Post pictures as a form; status and JSON of the answer."""
    body = b""
    for name, content in files:
        head = f'--mark\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=mark"}
    status, text, _ = ask(port, "POST", f"/predict{query}", body + b"--mark--\r\n", kind | (headers or {}))
    return status, json.loads(text)
