"""Refuses requests before they are read: those with too many bytes, and those that other pages make."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

BYTES = 64 << 20
"""Largest request."""
FILES = 32
"""Largest number of pictures in a request."""


Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]
"""What the ASGI protocol calls an application."""


class Limits:
    """Passes requests on that are small enough and come from the server's own page, or from no page at all.

    A page of another site can make a browser send a request to this machine; browsers then name that site in `Origin`.

    Args:
        application: The application that answers the requests that are passed on.
        most: Largest number of bytes of a request.
    """

    def __init__(self, application: Application, *, most: int = BYTES) -> None:
        self._application = application
        self._most = most

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request of the ASGI protocol."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        origin, host = headers.get(b"origin"), headers.get(b"host", "")
        if origin is not None and origin != f"http://{host}":
            await _refuse(send, 403, "requests of other pages are not answered")
            return
        declared = headers.get(b"content-length", "0")
        too_large = f"at most {self._most >> 20} MiB can be sent at once; send fewer or smaller pictures"
        if not declared.isdecimal() or int(declared) > self._most:
            await _refuse(send, 413, too_large)
            return
        received = 0

        async def counted() -> Any:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._most:  # a request in chunks does not declare its length
                from starlette.exceptions import HTTPException

                raise HTTPException(413, too_large)
            return message

        await self._application(scope, counted, send)


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = json.dumps({"detail": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
