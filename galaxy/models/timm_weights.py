"""Finds or downloads timm's published weights."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import timm
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from galaxy.errors import InputError


def timm_checkpoint(name: str, *, folder: Path) -> Path:
    """Return the file of timm's weights: `folder`/NAME.safetensors, in the hub's cache, or downloaded.

    Raises:
        InputError: If there are none, or they are nowhere and cannot be fetched, saying what to fetch and where to put
            it.
    """
    for suffix in (".safetensors", ".pth", ".bin"):
        if (path := folder / f"{name}{suffix}").is_file():
            return path
    config = timm.get_pretrained_cfg(name)
    if config is None or not config.hf_hub_id:
        raise InputError(f"timm publishes no weights of {name!r}; give weights: random or the path of a checkpoint")
    print(f"looking for the weights of {name}: {config.hf_hub_id} on the Hugging Face hub", file=sys.stderr)
    try:
        with _quiet_retries():
            return Path(hf_hub_download(config.hf_hub_id, "model.safetensors", etag_timeout=10))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise InputError(
            f"timm's weights of {name} cannot be fetched ({type(error).__name__}): fetch model.safetensors of "
            f"{config.hf_hub_id} from the Hugging Face hub on a machine that can, put it at "
            f"{folder / name}.safetensors, or give weights: random"
        ) from None


@contextmanager
def _quiet_retries() -> Iterator[None]:
    """The hub's client says each of its retries in two lines; the one line at the end says all that they do."""
    client = logging.getLogger("huggingface_hub")
    before = client.level
    client.setLevel(logging.ERROR)
    try:
        yield
    finally:
        client.setLevel(before)
