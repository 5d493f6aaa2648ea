"""The bytes of a response, appended to a partial file if they are the ones that it lacks."""

import re
from collections.abc import Sequence
from typing import Any

import requests
from tqdm import tqdm

from galaxy.data.fetch.http_request import RefusedError, request_rest, retry_after
from galaxy.data.fetch.partial import Origin, Partial

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_CHUNK_BYTES = 1 << 18


class BusyError(Exception):
    """The server could not serve this time; `wait` is what it asks for, in seconds."""

    def __init__(self, message: str, wait: float | None) -> None:
        super().__init__(message)
        self.wait = wait


class Transfer:
    """Moves bytes from a response to the partial file, if they are the ones that it lacks."""

    def __init__(self, partial: Partial, *, size: int, read_seconds: float, bar: "tqdm[Any]") -> None:
        self.partial = partial
        self.size = size
        self._read_seconds = read_seconds
        self._bar = bar

    def say(self, text: str) -> None:
        """Show why it takes longer."""
        self._bar.set_postfix_str(text)

    def fetch(self, url: str, *, others: Sequence[str] = ()) -> None:
        """Append what `url` sends of the missing bytes, or start anew where it holds another version.

        Raises:
            RefusedError: when there is no point in asking this address again.
            BusyError: when there is; also when it can only serve from the beginning, but the bytes so far come from one
                of the `others`.
            requests.RequestException, urllib3.exceptions.HTTPError: when the connection breaks.
        """
        offset = self.partial.size
        if offset > self.size:
            self.partial.discard()
            offset = 0
        origin = self.partial.origin()
        with (
            requests.Session() as session,
            request_rest(session, url, offset=offset, origin=origin, read_seconds=self._read_seconds) as response,
        ):
            here = Origin(url, response.headers.get("ETag"), response.headers.get("Last-Modified"))
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise RefusedError("sends the file compressed, though asked not to")
            if response.status_code == 206 and offset:
                self._accept_rest(response, here, offset=offset, origin=origin)
            elif response.status_code == 200:
                if offset and origin is not None and origin.url in others:
                    raise BusyError("cannot resume", None)
                self._accept_whole(response, here)
            elif response.status_code == 416 and offset:
                # Shorter there than what we have: it is another file now.
                self.partial.discard()
                raise BusyError("answers 416", None)
            elif response.status_code in (408, 425, 429) or response.status_code >= 500:
                raise BusyError(f"answers {response.status_code}", retry_after(response))
            else:
                raise RefusedError(f"answers {response.status_code}")

    def _accept_rest(self, response: requests.Response, here: Origin, *, offset: int, origin: Origin | None) -> None:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or int(match[1]) != offset:
            raise RefusedError(f"answers another range ({response.headers.get('Content-Range', '')[:80]!r})")
        if match[3] not in ("*", str(self.size)):
            raise RefusedError(f"holds {match[3]} bytes, expected are {self.size}")
        if origin is not None and origin.contradicts(here):
            self.partial.discard()
            raise BusyError("has changed", None)
        self._append(response)

    def _accept_whole(self, response: requests.Response, here: Origin) -> None:
        length = response.headers.get("Content-Length")
        if length is not None and length != str(self.size):
            raise RefusedError(f"holds {length} bytes, expected are {self.size}")
        self.partial.start(here)
        self._append(response)

    def _append(self, response: requests.Response) -> None:
        self._bar.n = self.partial.size
        self._bar.refresh()
        room = self.size - self.partial.size
        with self.partial.path.open("ab", buffering=0) as file:
            # What has come is written at once, so that a kill loses none of it.
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
                room -= len(chunk)
                if room < 0:
                    self.partial.discard()
                    raise RefusedError(f"sends more than the {self.size} bytes expected")
                view = memoryview(chunk)
                while view:
                    view = view[file.write(view) or 0 :]
                self._bar.update(len(chunk))
