"""The HTTP session of downloads: urllib3's `Retry` repeats requests while a server is busy."""

from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from galaxy.errors import InputError

MAX_WAIT = 120
"""Longest wait between two requests in seconds; a server that asks for more ends the download."""

BUSY = (408, 425, 429, 500, 502, 503, 504)
"""HTTP status codes after which the same request may succeed later."""


class DownloadRetry(Retry):
    """urllib3's `Retry`, which honours Retry-After, with a limit on the time that a server may ask for."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Return the seconds to wait before the next request, or None without a Retry-After that can be parsed.

        Raises:
            InputError: If the server asks for more than `MAX_WAIT`.
        """
        try:
            seconds = super().get_retry_after(response)
        except (HTTPError, ValueError, OverflowError):
            return None
        if seconds is not None and seconds > MAX_WAIT:
            raise InputError(
                f"the server asks to wait {seconds:.0f} s; what has arrived is kept: run the same command after that "
                "time"
            )
        return seconds


def patient(*, attempts: int = 6, backoff: float = 1.0) -> DownloadRetry:
    """Return a policy of at most `attempts` requests in a row.

    The waits between them double, from twice `backoff` seconds up to `MAX_WAIT`.
    """
    return DownloadRetry(
        total=attempts - 1,
        backoff_factor=backoff,
        backoff_max=MAX_WAIT,
        status_forcelist=BUSY,
        raise_on_status=False,
        retry_after_max=10**9,
    )


class DownloadSession(requests.Session):
    """A session that names this project and follows at most five redirects, none of them from https to http."""

    def __init__(self, retry: Retry) -> None:
        super().__init__()
        self.max_redirects = 5
        # Zenodo answers 429 to clients that only name the library that they use.
        self.headers.update({"User-Agent": user_agent(), "Accept-Encoding": "identity"})
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=retry))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return the address to which `resp` redirects, or None.

        Raises:
            requests.exceptions.InvalidURL: If it leads from https to another scheme.
        """
        target = super().get_redirect_target(resp)
        if target is not None and urlsplit(resp.url).scheme == "https":
            scheme = urlsplit(urljoin(resp.url, target)).scheme
            if scheme != "https":
                raise requests.exceptions.InvalidURL(f"redirects from https to {scheme}")
        return target


def user_agent() -> str:
    """Return name and version of this project, by which servers recognise the client."""
    name = "galaxy-morphology-benchmark"
    try:
        return f"{name}/{version(name)}"
    except PackageNotFoundError:
        return name
