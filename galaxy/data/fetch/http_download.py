"""A download that resumes after kills and broken connections and ends with the right bytes or one clear error."""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from tqdm import tqdm
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util.retry import Retry

from galaxy.atomic import sync_folder
from galaxy.data.disk import require_room
from galaxy.data.fetch.http_session import BUSY, DownloadSession, patient
from galaxy.data.fetch.partial_file import PartialFile
from galaxy.digest import file_sha256
from galaxy.errors import InputError

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_CHUNK_BYTES = 1 << 18


class _RefusedError(Exception):
    """This address will not serve the file, however often it is asked; the message says why."""


def download(
    urls: Sequence[str],
    target: Path,
    *,
    size: int,
    sha256: str,
    retry: Retry | None = None,
    read_seconds: float = 60.0,
    progress: bool = False,
) -> None:
    """Fetch a file from the first of several addresses that serves it.

    The bytes gather in `<target>.part`, from where a later call goes on, also with another address. `target` appears
    in one step, after its hash has been checked.

    Args:
        urls: Addresses of the same file, the preferred one first.
        target: Where the file goes; its folder is created. A file there with another hash is replaced.
        size: Bytes of the file.
        sha256: Expected hash of the file, hexadecimal.
        retry: How often and after which waits a request is repeated that fails or brings nothing.
        read_seconds: Longest wait for the next byte in seconds.
        progress: Whether to show a progress bar on a terminal.

    Raises:
        InputError: when the disk is too small, no address serves the file, or its hash is wrong twice.
        KeyboardInterrupt: when the user stops it; its text says how to go on.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(target):
        if target.exists():
            if file_sha256(target) == sha256:
                return
            target.unlink()
        partial = PartialFile(target)
        require_room(target.parent, size - min(size, partial.size))
        for _ in range(2):
            bar = tqdm(total=size, desc=target.name, unit="B", unit_scale=True, disable=None if progress else True)
            try:
                with bar:
                    _gather(urls, partial, size=size, retry=retry or patient(), read_seconds=read_seconds, bar=bar)
            except KeyboardInterrupt:
                kept = f"{partial.size / 1e6:.0f} of {size / 1e6:.0f} MB are kept in {partial.path}"
                raise KeyboardInterrupt(f"the download was stopped; {kept}: run the same command to go on") from None
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
    urls: Sequence[str], partial: PartialFile, *, size: int, retry: Retry, read_seconds: float, bar: "tqdm[Any]"
) -> None:
    """Send requests until all bytes are there, to the next address where one serves nothing more."""
    servers, reasons, left = list(urls), dict[str, str](), retry
    with DownloadSession(retry) as session:
        while partial.size != size:
            if not servers:
                told = "; ".join(f"{url}: {reason}" for url, reason in reasons.items())
                raise InputError(
                    f"the file cannot be downloaded ({told}); what has arrived is kept, run again to go on"
                )
            url, before = servers[0], partial.size
            try:
                _append_missing(session, url, partial, size=size, read_seconds=read_seconds, bar=bar)
                reasons[url] = "sends less than the whole file"
            except (requests.RequestException, _RefusedError) as error:
                # A request was repeated already, so that nothing is left to hope for from this address.
                plain = isinstance(error, _RefusedError | requests.exceptions.InvalidURL | requests.TooManyRedirects)
                reasons[url] = str(error) if plain else type(error).__name__
                servers.remove(url)
                continue
            except HTTPError as error:  # the connection broke while the body was read
                reasons[url] = f"{type(error).__name__} after {partial.size} of {size} bytes"
            if (partial.size - before) * 1000 >= size:
                left = retry
            elif partial.size != size:
                try:
                    left = left.increment("GET", url, error=HTTPError(reasons[url]))
                    left.sleep()
                except MaxRetryError:
                    servers.remove(url)
                    left = retry


def _append_missing(
    session: requests.Session, url: str, partial: PartialFile, *, size: int, read_seconds: float, bar: "tqdm[Any]"
) -> None:
    """Request the bytes that `partial` lacks and append them; begin anew where the server has another version."""
    if partial.size > size:
        partial.discard()
    offset, known = partial.size, partial.version(url)
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    if offset and known and not known.startswith("W/"):  # If-Range takes no weak ETag (RFC 9110, section 13.1.5)
        headers["If-Range"] = known
    with session.get(url, headers=headers, stream=True, timeout=(15.0, read_seconds)) as response:
        sent = response.headers
        served = sent.get("ETag") or sent.get("Last-Modified")
        if sent.get("Content-Encoding", "identity") != "identity":
            raise _RefusedError("sends the file compressed, which was not asked for")
        whole = sent.get("Content-Length")
        if response.status_code == 206 and offset:
            match = _CONTENT_RANGE.fullmatch(sent.get("Content-Range", ""))
            if match is None or int(match[1]) != offset:
                raise _RefusedError(f"answers with another range ({sent.get('Content-Range', '')[:80]!r})")
            whole = None if match[3] == "*" else match[3]
        elif response.status_code == 416 and offset:  # the file there is shorter than what has arrived
            partial.discard()
            return
        elif response.status_code != 200:
            hopeless = "" if response.status_code not in BUSY else " each time"
            raise _RefusedError(f"answers {response.status_code}{hopeless}")
        if whole not in (None, str(size)):
            raise _RefusedError(f"holds {whole} bytes, expected are {size}")
        if response.status_code == 200:
            partial.start(url, served)
        elif known and served and known != served:
            partial.discard()
            return
        bar.n = partial.size
        with partial.path.open("ab", buffering=0) as file:
            # Each piece is written as soon as it arrives, so that a kill loses none of it.
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
                if partial.size + len(chunk) > size:
                    partial.discard()
                    raise _RefusedError(f"sends more than the {size} bytes expected")
                view = memoryview(chunk)
                while view:
                    view = view[file.write(view) or 0 :]
                bar.update(len(chunk))


@contextmanager
def _only_one(target: Path) -> Iterator[None]:
    with target.with_name(f".{target.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"another process is downloading {target}; wait for it or stop it") from None
        yield
