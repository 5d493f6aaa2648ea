"""A download that survives kills, bad servers and broken lines, and ends with the right bytes or a clear error."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests
from tqdm import tqdm
from urllib3.exceptions import HTTPError

from galaxy.atomic import sync_folder
from galaxy.data.disk import require_room
from galaxy.data.fetch.http_request import READ_SECONDS, RefusedError
from galaxy.data.fetch.http_transfer import BusyError, Transfer
from galaxy.data.fetch.partial import Partial
from galaxy.digest import file_sha256
from galaxy.errors import InputError

ATTEMPTS = 6
"""Requests in a row that bring less than a thousandth of the file, after which we give up."""
FIRST_WAIT = 1.0
MAX_WAIT = 120.0
"""Seconds; also the longest Retry-After that is honoured, a longer one ends the run."""


def download(
    urls: Sequence[str],
    target: Path,
    *,
    size: int,
    sha256: str,
    attempts: int = ATTEMPTS,
    first_wait: float = FIRST_WAIT,
    max_wait: float = MAX_WAIT,
    read_seconds: float = READ_SECONDS,
    sleep: Callable[[float], None] | None = None,
    progress: bool = False,
) -> None:
    """Fetch the file of `size` bytes and this SHA-256 from the first of `urls` that serves it, to `target`.

    `target` appears in one step and holds the right bytes; before that they gather in `<target>.part`, from where a
    later call goes on, also with another of the `urls`. Waits double from `first_wait` to `max_wait` seconds.

    Raises:
        InputError: when the disk is too small, no address serves the file, or its hash is wrong twice.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(target):
        if target.exists():
            if file_sha256(target) == sha256:
                return
            target.unlink()
        partial = Partial(target)
        require_room(target.parent, size - min(size, partial.size))
        for _ in range(2):
            with tqdm(
                total=size, desc=target.name, unit="B", unit_scale=True, disable=None if progress else True
            ) as bar:
                transfer = Transfer(partial, size=size, read_seconds=read_seconds, bar=bar)
                _gather(
                    transfer,
                    urls,
                    attempts=attempts,
                    first_wait=first_wait,
                    max_wait=max_wait,
                    sleep=sleep or time.sleep,
                )
            with partial.path.open("rb+") as file:
                os.fsync(file.fileno())
            digest = file_sha256(partial.path)
            if digest == sha256:
                partial.finish(target)
                sync_folder(target.parent)
                return
            partial.discard()
        raise InputError(
            f"{' and '.join(urls)}: fetched twice with SHA-256 {digest}, expected is {sha256}; nothing was kept"
        )


def _gather(
    transfer: Transfer,
    urls: Sequence[str],
    *,
    attempts: int,
    first_wait: float,
    max_wait: float,
    sleep: Callable[[float], None],
) -> None:
    """Ask until all bytes are there. Addresses that refuse for good are dropped, the others take turns."""
    servers = list(urls)
    reasons: dict[str, str] = {}
    fruitless = 0
    while transfer.partial.size != transfer.size:
        if not servers or fruitless >= attempts:
            told = "; ".join(f"{url}: {reason}" for url, reason in reasons.items())
            raise InputError(f"the file cannot be downloaded ({told}); what has arrived is kept, run again to go on")
        url = servers[fruitless % len(servers)]
        before = transfer.partial.size
        wait: float | None = None
        try:
            transfer.fetch(url, others=[other for other in servers if other != url])
            reasons[url] = "sends less than the whole file"
        except RefusedError as refusal:
            servers.remove(url)
            reasons[url] = str(refusal)
            continue
        except BusyError as busy:
            reasons[url], wait = str(busy), busy.wait
        except (requests.RequestException, HTTPError) as error:
            reasons[url] = f"{type(error).__name__} after {transfer.partial.size} of {transfer.size} bytes"
        gained = transfer.partial.size - before
        fruitless = 0 if gained > 0 and gained * 1000 >= transfer.size else fruitless + 1
        if transfer.partial.size != transfer.size and fruitless < attempts:
            if wait is not None and wait > max_wait:
                raise InputError(
                    f"{url} asks to wait {wait:.0f} s; what has arrived is kept, run again after that time"
                )
            transfer.say(reasons[url])
            sleep(min(max_wait, first_wait * 2 ** max(0, fruitless - 1)) if wait is None else wait)


@contextmanager
def _only_one(target: Path) -> Iterator[None]:
    with target.with_name(f".{target.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"another run is downloading {target}; wait for it or stop it") from None
        yield
