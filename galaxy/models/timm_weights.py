"""Finds or downloads timm's published weights."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
import timm
from huggingface_hub import hf_hub_download, try_to_load_from_cache
from huggingface_hub.constants import ENDPOINT, HF_HUB_CACHE, HF_HUB_OFFLINE
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models import efficientnet_lite0
from galaxy.models.unfetched import unfetched

_FILE = "model.safetensors"


def timm_checkpoint(name: str, *, folder: Path) -> Path:
    """Return the path of timm's weights.

    It is NAME.safetensors (or .pth, .bin) in `folder`, or else a file in the hub's cache, downloaded if it is missing.
    For `efficientnet_lite0`, without a tag, it is the file of an installed package if the hub cannot be reached; a line
    on standard error says so.

    Raises:
        InputError: If timm publishes no weights of this name, they are not found and cannot be downloaded, or the
            hub's file is damaged; the message says what to do, such as which file to put where.
    """
    if found := kept_timm_checkpoint(name, folder=folder):
        return found
    config = timm.get_pretrained_cfg(name)
    if config is None or not config.hf_hub_id:
        raise InputError(f"timm publishes no weights of {name!r}; give random or the path of a checkpoint")
    print(f"looking for the weights of {name}: {config.hf_hub_id} on the Hugging Face hub", file=sys.stderr)
    try:
        with _quiet_retries():
            _require_hub(config.hf_hub_id)
            path = Path(hf_hub_download(config.hf_hub_id, _FILE, etag_timeout=10))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        packaged = name == efficientnet_lite0.NAME
        unreachable = isinstance(error, LocalEntryNotFoundError)  # not for a full disk or a folder without permission
        if packaged and unreachable and efficientnet_lite0.is_installed():
            path = efficientnet_lite0.weights_file()
            print(f"the hub cannot be reached; the weights of {name} are those in {path}", file=sys.stderr)
            return path
        by_hand = (
            f"fetch {_FILE} of {config.hf_hub_id} from the Hugging Face hub on a machine that can and put it "
            f"at {folder / name}.safetensors, {f'or {efficientnet_lite0.REMEDY}, ' if packaged else ''}or take random "
            "weights"
        )
        raise unfetched(f"timm's weights of {name}", error, folder=Path(HF_HUB_CACHE), by_hand=by_hand) from None
    check_hub_file(path)
    return path


def check_hub_file(path: Path) -> None:
    """Check a file of the hub's cache against its published SHA-256, which is the name of the file that it links to.

    The hub's client itself compares no more than the size.

    Raises:
        InputError: If the file has another SHA-256.
    """
    content = path.resolve()
    if re.fullmatch(r"[0-9a-f]{64}", content.name) and file_sha256(content) != content.name:
        raise InputError(
            f"{content} is damaged: its SHA-256 is not the one that the hub publishes, which is the file's name; "
            "remove it to have it downloaded again"
        )


def kept_timm_checkpoint(name: str, *, folder: Path) -> Path | None:
    """Return the path of the file in `folder` that is used in place of timm's published one, or None."""
    places = (folder / f"{name}{suffix}" for suffix in (".safetensors", ".pth", ".bin"))
    return next((path for path in places if path.is_file()), None)


def _require_hub(repository: str) -> None:
    """Check that the hub can be reached if a file is not in the cache; the hub's client would try for half a minute."""
    if HF_HUB_OFFLINE or isinstance(try_to_load_from_cache(repository, _FILE), str):
        return
    try:
        requests.head(ENDPOINT, timeout=10)
    except requests.RequestException:
        raise LocalEntryNotFoundError(f"{ENDPOINT} cannot be reached") from None


@contextmanager
def _quiet_retries() -> Iterator[None]:
    """Silence the two lines that the hub's client writes for each retry; the error at the end says the same."""
    client = logging.getLogger("huggingface_hub")
    before = client.level
    client.setLevel(logging.ERROR)
    try:
        yield
    finally:
        client.setLevel(before)
