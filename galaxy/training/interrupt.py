"""Delays SIGTERM and Ctrl-C until the training checks for them between two updates."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Raised when a signal has asked the training to stop.

    Args:
        number: Number of that signal.
        where: Position of the training, such as `after epoch 1 of 3`.
        saved: Whether the state of the training has been saved.

    Attributes:
        signal: Number of that signal.
    """

    def __init__(self, number: int, where: str, *, saved: bool = True) -> None:
        advice = "start again to go on from there" if saved else "this training was not saved and has to begin anew"
        super().__init__(f"stopped by {signal.Signals(number).name} {where}; {advice}")
        self.signal = number


class StopRequest:
    """Holds the number of the signal that has arrived, or None."""

    def __init__(self) -> None:
        self.signal: int | None = None


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Record the first SIGTERM or SIGINT inside the block; a second one has its usual effect.

    The block must be entered in the main thread.
    """
    request = StopRequest()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        request.signal = number
        for known, handler in before.items():
            signal.signal(known, handler)

    for number in before:
        signal.signal(number, note)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
