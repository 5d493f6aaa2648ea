"""Downloads a file, resumes after broken connections and kills, and checks its hash."""

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
from galaxy.digest import file_sha256
from galaxy.errors import InputError

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_CHUNK_BYTES = 1 << 18


class _RefusedError(Exception):
    """The server refuses, and would refuse another request in the same way; the message says why."""


_PLAIN = (_RefusedError, requests.exceptions.InvalidURL, requests.TooManyRedirects)
"""Exceptions whose text is short enough for a message of one line; others are named by their type."""


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
    """Download a file from the first of several addresses that serves it.

    The bytes are appended to `<target>.part`, from where a later call resumes, also with another address. The file
    appears at `target` in one step, after its hash has been checked.

    Args:
        urls: Addresses of the same file, the preferred one first.
        target: Path of the file; its folder is created. A file there with another hash is replaced.
        size: Size of the file in bytes.
        sha256: Expected hash of the file, hexadecimal.
        retry: How often a request that fails or brings nothing is repeated, and after which waits; None takes
            `patient()`.
        read_seconds: Longest wait for the next byte in seconds.
        progress: Whether to show a progress bar on a terminal.

    Raises:
        InputError: If the disk is too small, no address serves the file, or its hash is wrong twice.
        KeyboardInterrupt: If the user stops the download; the message says how to resume it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    with _only_one(target):
        if target.exists():
            if file_sha256(target) == sha256:
                return
            target.unlink()
        require_room(target.parent, size - min(size, _bytes_in(part)))
        for _ in range(2):  # the hash is wrong once if the file on the server changed between two attempts
            bar = tqdm(total=size, desc=target.name, unit="B", unit_scale=True, disable=None if progress else True)
            try:
                with bar:
                    _gather(urls, part, size=size, retry=retry or patient(), read_seconds=read_seconds, bar=bar)
            except KeyboardInterrupt:
                kept = f"{_bytes_in(part) / 1e6:.0f} of {size / 1e6:.0f} MB are kept in {part}"
                raise KeyboardInterrupt(f"the download was stopped; {kept}: run the same command to go on") from None
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            digest = file_sha256(part)
            if digest == sha256:
                part.replace(target)
                sync_folder(target.parent)
                return
            part.unlink()
        raise InputError(
            f"{' and '.join(urls)}: fetched twice with SHA-256 {digest}, expected is {sha256}; nothing was kept"
        )


def _bytes_in(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _gather(urls: Sequence[str], part: Path, *, size: int, retry: Retry, read_seconds: float, bar: "tqdm[Any]") -> None:
    """Send requests until all bytes have arrived; when an address serves nothing more, go on with the next one."""
    reasons: dict[str, str] = {}
    with DownloadSession(retry) as session:
        for url in urls:
            left = retry
            while (before := _bytes_in(part)) != size:
                try:
                    _append_missing(session, url, part, size=size, read_seconds=read_seconds, bar=bar)
                    reasons[url] = "sends less than the whole file"
                except (requests.RequestException, _RefusedError) as error:  # urllib3 has repeated the request already
                    reasons[url] = str(error) if isinstance(error, _PLAIN) else type(error).__name__
                    break
                except HTTPError as error:  # the connection broke while the body was read
                    reasons[url] = f"{type(error).__name__} after {_bytes_in(part)} of {size} bytes"
                arrived = _bytes_in(part)
                if (arrived - before) * 1000 >= size:
                    left = retry
                elif arrived != size:
                    try:
                        left = left.increment("GET", url, error=HTTPError(reasons[url]))
                        left.sleep()
                    except MaxRetryError:
                        break
            else:
                return
    told = "; ".join(f"{url}: {reason}" for url, reason in reasons.items())
    raise InputError(f"the file cannot be downloaded ({told}); what has arrived is kept, run again to go on")


def _append_missing(
    session: requests.Session, url: str, part: Path, *, size: int, read_seconds: float, bar: "tqdm[Any]"
) -> None:
    """Request the bytes that `part` lacks and append them; a server that sends the whole file replaces them."""
    if _bytes_in(part) > size:
        part.unlink()
    offset = _bytes_in(part)
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    with session.get(url, headers=headers, stream=True, timeout=(15.0, read_seconds)) as response:
        status, sent = response.status_code, response.headers
        if sent.get("Content-Encoding", "identity") != "identity":
            raise _RefusedError("sends the file compressed, which was not asked for")
        if status == 416 and offset:  # the file there is shorter than what has arrived
            part.unlink()
            return
        whole = sent.get("Content-Length")
        if status == 206 and offset:
            match = _CONTENT_RANGE.fullmatch(sent.get("Content-Range", ""))
            if match is None or int(match[1]) != offset:
                raise _RefusedError(f"answers with another range ({sent.get('Content-Range', '')[:80]!r})")
            whole = None if match[3] == "*" else match[3]
        elif status != 200:
            raise _RefusedError(f"answers {status}{' each time' if status in BUSY else ''}")
        if whole not in (None, str(size)):
            raise _RefusedError(f"holds {whole} bytes, expected are {size}")
        count = bar.n = offset if status == 206 else 0
        with part.open("ab" if status == 206 else "wb", buffering=0) as file:
            # Each piece is written when it arrives, so that a kill loses none of it.
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
                count += len(chunk)
                if count > size:
                    part.unlink()
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
