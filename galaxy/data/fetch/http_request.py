"""One polite request for the rest of a file."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urljoin, urlsplit

import requests

from galaxy.data.fetch.partial import Origin

CONNECT_SECONDS = 15.0
READ_SECONDS = 60.0
MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}


class RefusedError(Exception):
    """The server, or our own rules, will not serve this address however often we ask; the text says why."""


def user_agent() -> str:
    """Our own name: Zenodo turns away clients that only say which library they use."""
    name = "galaxy-morphology-benchmark"
    try:
        return f"{name}/{version(name)}"
    except PackageNotFoundError:
        return name


def request_rest(
    session: requests.Session, url: str, *, offset: int, origin: Origin | None, read_seconds: float = READ_SECONDS
) -> requests.Response:
    """Ask for the bytes of `url` from `offset` on, on condition that the file is still the one of `origin`.

    Redirects are followed, but never from https to anything less.

    Raises:
        RefusedError: for such a redirect, a loop of them, or one without an address.
        requests.RequestException: when the connection fails.
    """
    headers = {"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
        if origin is not None and origin.url == url and origin.validator:
            headers["If-Range"] = origin.validator
    current = url
    for _ in range(MAX_REDIRECTS + 1):
        response = session.get(
            current, headers=headers, stream=True, allow_redirects=False, timeout=(CONNECT_SECONDS, read_seconds)
        )
        if response.status_code not in _REDIRECTS:
            return response
        location = response.headers.get("Location", "")
        response.close()
        try:
            following = urljoin(current, location)
            scheme = urlsplit(following).scheme
        except ValueError:
            scheme = ""
        if not location or scheme not in ("http", "https"):
            raise RefusedError(f"redirects to {location[:120]!r}")
        if urlsplit(current).scheme == "https" and scheme != "https":
            raise RefusedError(f"redirects from https to {scheme}")
        current = following
    raise RefusedError(f"redirects more than {MAX_REDIRECTS} times")


def retry_after(response: requests.Response) -> float | None:
    """Seconds that the server asks us to wait, from Retry-After in either of its forms; None without one."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
