"""The HTTP session of downloads: urllib3's `Retry` repeats requests while a server is busy."""

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from galaxy.errors import InputError

USER_AGENT = "galaxy-morphology-benchmark"
"""The name by which servers know this client; Zenodo answers 429 to the default names of Python's HTTP libraries."""

MAX_WAIT = 120
"""Longest wait between two requests in seconds; a server that asks for more ends the download."""

BUSY = (408, 425, 429, 500, 502, 503, 504)
"""HTTP status codes after which the same request may succeed later."""


class DownloadRetry(Retry):
    """urllib3's `Retry`, which honours Retry-After, with a limit on the time that a server may ask for."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Return the seconds to wait before the next request, or None without a Retry-After that can be parsed.

        Raises:
            InputError: If the server asks to wait longer than `MAX_WAIT` seconds.
        """
        try:
            seconds = super().get_retry_after(response)
        except (HTTPError, ValueError, OverflowError):
            return None
        if seconds is not None and seconds > MAX_WAIT:
            raise InputError(
                f"the server asks to wait {seconds:.0f} s, and at most {MAX_WAIT} s are waited; run the same command "
                "again after that time"
            )
        return seconds


def patient(*, attempts: int = 6, backoff: float = 1.0) -> DownloadRetry:
    """Return a policy of at most `attempts` requests in a row.

    The second follows at once. The waits before the others double, from twice `backoff` seconds up to `MAX_WAIT`.
    """
    return DownloadRetry(
        total=attempts - 1,
        backoff_factor=backoff,
        backoff_max=MAX_WAIT,
        status_forcelist=BUSY,
        raise_on_status=False,
        retry_after_max=10**9,  # so that urllib3 does not shorten the wait that `get_retry_after` gets
    )


def open_session(url: str, retry: Retry) -> requests.Session:
    """Return a session for requests of `url`, which follows at most five redirects, none of them from https to http."""
    session = requests.Session()
    session.max_redirects = 5
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
    session.adapters.clear()
    for scheme in ("https://",) if url.startswith("https:") else ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session
