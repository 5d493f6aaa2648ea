"""The command `galaxy serve`: opens the row and runs the server, which only this machine can reach."""

import socket
from collections.abc import Callable
from pathlib import Path

from galaxy.data.class_names import read_class_names
from galaxy.data.manifest import read_manifest
from galaxy.data.store import open_store
from galaxy.errors import InputError
from galaxy.predict.options import Options
from galaxy.predict.reference import reference_of
from galaxy.predict.serve.app import create_app, require_fastapi
from galaxy.predict.serve.look import Looker
from galaxy.predict.serve.training_neighbours import TrainingNeighbours
from galaxy.workbench.open_row import OpenedRow, open_row

HOST = "127.0.0.1"


def serve(
    name: str, *, models: Path, port: int, options: Options, say: Callable[[str], None], device: str | None = None
) -> None:
    """Serve a row until it is ended by Ctrl-C.

    Args:
        name: Name or folder of the row.
        models: Folder of the trained rows.
        port: Port on 127.0.0.1; 0 takes a free one.
        options: How pictures are read and classified.
        say: Called with the address once the page can be opened.
        device: Device that computes; None takes the one of `GALAXY_DEVICE` or, where that is not set, the first GPU or
            else the CPU.

    Raises:
        InputError: If the row cannot be used, or the port is taken.
    """
    require_fastapi()
    import uvicorn

    with _listen(port) as listening:  # checked before the row is opened, which takes seconds
        opened = open_row(name, models=models, device=device)
        row = opened.row
        look = Looker(
            row,
            options=opened.options(options),
            reference=reference_of(row, predictions=opened.predictions, store=opened.store),
            training=_training(opened),
        )
        app = create_app(look, row=name, learnt_from=opened.data.name, coverage=options.coverage)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False, lifespan="off"))
        say(f"http://{HOST}:{listening.getsockname()[1]} (Ctrl-C ends it)")
        server.run(sockets=[listening])


def _training(opened: OpenedRow) -> TrainingNeighbours | None:
    """Return the training galaxies if the pipeline's files are there and belong to the row."""
    root, description = opened.root, opened.row.description
    if not all((root / name).exists() for name in ("manifest.csv", "classes.json", "store")):
        return None
    galaxies, store = read_manifest(root / "manifest.csv"), open_store(opened.store)
    if galaxies.sha256 != description.manifest or store.size != description.size:
        return None
    return TrainingNeighbours(opened.row, galaxies, store, read_class_names(root / "classes.json"))


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()  # Linux lets two programs bind one port before either listens
    except OSError as error:
        listening.close()
        raise InputError(f"port {port} cannot be used ({error.strerror}); give another with --port") from None
    return listening
