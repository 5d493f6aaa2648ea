"""Fetches exported rows from the Hugging Face hub."""

import re
from pathlib import Path

from galaxy.errors import InputError
from galaxy.models.saved_network import DESCRIPTION

PREFIX = "hf://"
_ADDRESS = re.compile(r"hf://(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")
_FILES = ("*.json", "*.safetensors", "README.md")
"""Patterns of the files that are fetched; none of them can run code."""


def fetch_row(address: str) -> Path:
    """Return the folder of an exported row, from the cache or from the hub.

    The weights are checked against the SHA-256 in `model.json` when the row is loaded.

    Args:
        address: `hf://owner/name`, or `hf://owner/name@revision` for a certain revision.

    Raises:
        InputError: If the address is malformed, huggingface_hub is not installed, or the folder cannot be fetched and
            is not in the cache, or is not that of an exported row.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise InputError(
            f"{address} is not an address of the Hugging Face hub; give hf://owner/name or hf://owner/name@revision"
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise InputError("hf:// needs huggingface_hub: pip install 'galaxy-morphology-benchmark[export]'") from None
    try:
        folder = Path(snapshot_download(match["name"], revision=match["revision"], allow_patterns=list(_FILES)))
    except Exception as error:  # noqa: BLE001 -- network, login and names fail in many ways
        reason = " ".join(str(error).split())[:120]
        raise InputError(
            f"{address} cannot be fetched ({type(error).__name__}: {reason}); fetch it where there is a network, or "
            "give the folder of an exported row"
        ) from None
    if not (folder / DESCRIPTION).is_file():
        raise InputError(
            f"{address} contains no {DESCRIPTION}, so it is not a row that galaxy export has written; give another "
            "address"
        )
    return folder
