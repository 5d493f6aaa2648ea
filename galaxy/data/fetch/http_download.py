"""Downloads a file, resumes after broken connections and kills, and checks its hash."""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import requests
from tqdm import tqdm
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from galaxy.atomic import sync_folder
from galaxy.data.disk import require_room
from galaxy.data.fetch.http_session import BUSY, open_session, patient
from galaxy.digest import file_sha256
from galaxy.errors import InputError

T = TypeVar("T")


class _RefusedError(Exception):
    """The server refuses, and would refuse another request in the same way; the message says why."""


def download(
    urls: Sequence[str],
    target: Path,
    *,
    size: int | None,
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
        size: Size of the file in bytes; None takes what the server says.
        sha256: Expected hash of the file, hexadecimal, or its first digits where no more is known.
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
            if file_sha256(target).startswith(sha256):
                return
            target.unlink()
        if size is None:
            first = _unless_absent(retry or patient(), part)
            size = _first_answer(urls, partial(_size_of, retry=first, read_seconds=read_seconds), part)
        require_room(target.parent, size - min(size, _bytes_in(part)))
        for _ in range(2):  # the hash is wrong once if the file on the server changed between two attempts
            bar = tqdm(total=size, desc=target.name, unit="B", unit_scale=True, disable=None if progress else True)
            try:
                with bar:
                    _from_any(urls, part, size=size, retry=retry or patient(), read_seconds=read_seconds, bar=bar)
            except KeyboardInterrupt:
                kept = f"{_bytes_in(part) / 1e6:.0f} of {size / 1e6:.0f} MB are kept in {part}"
                raise KeyboardInterrupt(f"the download was stopped; {kept}: run the same command to go on") from None
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            digest = file_sha256(part)
            if digest.startswith(sha256):
                part.replace(target)
                sync_folder(target.parent)
                return
            part.unlink()
        raise InputError(
            f"{' and '.join(urls)}: the file was fetched twice, at last with SHA-256 {digest}, but {sha256} is "
            "expected; "
            "nothing was kept"
        )


@contextmanager
def _only_one(target: Path) -> Iterator[None]:
    with target.with_name(f".{target.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"another process is downloading {target}; wait for it or stop it") from None
        yield


def _bytes_in(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _from_any(urls: Sequence[str], part: Path, **options: Any) -> None:
    """Complete `part`; when an address serves nothing more, go on with the next one."""
    _first_answer(urls, lambda url: _from_one(url, part, **options), part)


def _first_answer(urls: Sequence[str], ask: Callable[[str], T], part: Path) -> T:
    """Return what the first address gives that does not fail.

    Raises:
        InputError: If all addresses fail; the message has the reason of each, and says whether a part is kept.
    """
    reasons = []
    for url in urls:
        try:
            return ask(url)
        except (requests.RequestException, HTTPError, _RefusedError) as error:
            reasons.append(f"{url}: {_cause(error)}")
    reason = f"the file cannot be downloaded ({'; '.join(reasons)})"
    if _bytes_in(part):
        raise InputError(f"{reason}; what has arrived is kept in {part}: run the same command to go on")
    raise InputError(
        f"{reason}; nothing has arrived: correct the address or the connection, and run the same command again"
    )


def _unless_absent(retry: Retry, part: Path) -> Retry:
    """Return a policy that gives up a server that cannot be reached at once if nothing has arrived yet.

    Without a network, or with a proxy whose certificate is unknown, the first connection fails, and waiting does not
    help. Later a network that is down for a while is waited for.
    """
    return retry if _bytes_in(part) else retry.new(connect=0, other=0)


def _size_of(url: str, *, retry: Retry, read_seconds: float) -> int:
    """Return the size in bytes that the server gives for a file, of which nothing is read."""
    with open_session(url, retry) as session, session.get(url, stream=True, timeout=(15.0, read_seconds)) as response:
        if response.status_code != 200:
            raise _refused(response.status_code)
        held = response.headers.get("Content-Length", "")
        if not held.isdecimal():
            raise _RefusedError("does not say how many bytes the file has")
        return int(held)


def _refused(status: int) -> _RefusedError:
    return _RefusedError(f"answers {status}{' each time' if status in BUSY else ''}")


def _cause(error: BaseException) -> str:
    """Return the message of the error around which requests and urllib3 have wrapped others."""
    while inner := next((a for a in (getattr(error, "reason", None), *error.args) if isinstance(a, Exception)), None):
        error = inner
    return str(error)


def _from_one(url: str, part: Path, *, size: int, retry: Retry, read_seconds: float, bar: "tqdm[Any]") -> None:
    """Send requests to one address until `part` is complete."""
    left = retry
    while (before := _bytes_in(part)) != size:
        problem = HTTPError("sends less than the whole file")
        with open_session(url, _unless_absent(retry, part)) as session:
            try:
                _append_missing(session, url, part, size=size, read_seconds=read_seconds, bar=bar)
            except HTTPError as error:  # the connection broke while the body was read
                problem = error
        arrived = _bytes_in(part)
        if (arrived - before) * 1000 >= size:
            left = retry
        elif arrived != size:
            left = left.increment("GET", url, error=problem)  # raises MaxRetryError after the last attempt
            left.sleep()


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
        if status == 416 and offset:  # the file there is shorter than what has arrived
            part.unlink()
            return
        appends = status == 206 and offset > 0
        if status != 200 and not appends:
            raise _refused(status)
        if sent.get("Content-Encoding", "identity") != "identity":
            raise _RefusedError("sends the file compressed, which was not asked for")
        held = sent.get("Content-Range" if appends else "Content-Length", "")
        if appends and not (held.startswith(f"bytes {offset}-") and held.endswith((f"/{size}", "/*"))):
            raise _RefusedError(f"answers with the range {held[:80]!r} instead of bytes {offset}-{size - 1}/{size}")
        if not appends and held not in ("", str(size)):
            raise _RefusedError(f"has {held[:80]} bytes instead of {size}")
        with part.open("ab" if appends else "wb") as file:
            while chunk := response.raw.read1(1 << 18, decode_content=False):
                file.write(chunk)
                file.flush()  # each piece when it arrives, so that a kill loses none of it
                bar.n = file.tell()
                bar.update(0)
                if file.tell() > size:
                    part.unlink()
                    raise _RefusedError(f"sends more than the {size} bytes expected")
