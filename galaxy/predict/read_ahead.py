"""Reads and prepares pictures in threads while the network computes, in order and in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from galaxy.predict.picture import Chunk, Picture


def read_ahead(
    chunks: Iterable[Chunk], prepare: Callable[[Iterable[Picture]], Iterator[Picture]], *, workers: int
) -> Iterator[Picture]:
    """Yield the prepared pictures of all chunks in their order.

    At most `workers` + 1 chunks are read or wait at any time, so that memory does not grow with their number.

    Args:
        chunks: Chunks, each of which is requested only when it is about to be read.
        prepare: Brings pictures to the network's size; called in the reading threads.
        workers: Number of reading threads.
    """
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="read") as pool:
        waiting: deque[Future[list[Picture]]] = deque()
        try:
            for chunk in chunks:
                waiting.append(pool.submit(lambda read=chunk: list(prepare(read()))))  # type: ignore[misc]
                if len(waiting) > workers:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
