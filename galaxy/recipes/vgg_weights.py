"""Finds or downloads torchvision's ImageNet weights of the VGGs, and checks their hash."""

import os
import sys
from pathlib import Path
from urllib.parse import urlparse

import torch
from torchvision.models import vgg

from galaxy.data.fetch.http_download import download
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.unfetched import unfetched

_WEIGHTS = {
    (11, False): vgg.VGG11_Weights.IMAGENET1K_V1,
    (13, False): vgg.VGG13_Weights.IMAGENET1K_V1,
    (16, False): vgg.VGG16_Weights.IMAGENET1K_V1,
    (19, False): vgg.VGG19_Weights.IMAGENET1K_V1,
    (11, True): vgg.VGG11_BN_Weights.IMAGENET1K_V1,
    (13, True): vgg.VGG13_BN_Weights.IMAGENET1K_V1,
    (16, True): vgg.VGG16_BN_Weights.IMAGENET1K_V1,
    (19, True): vgg.VGG19_BN_Weights.IMAGENET1K_V1,
}


def vgg_checkpoint(depth: int, *, batch_norm: bool, folder: Path) -> Path:
    """Return the path of torchvision's weights in `folder` or in torch's cache; download them if they are in neither.

    The name of the file ends in the first eight digits of its SHA-256, which is checked.

    Raises:
        InputError: If the file is damaged, or not found and cannot be downloaded; the message says which file to put
            where.
        KeyboardInterrupt: If the user stops the download; the text of the exception says how to resume it.
    """
    url = str(_WEIGHTS[depth, batch_norm].url)
    name = os.path.basename(urlparse(url).path)  # noqa: PTH119 - of a URL
    wanted = name.rpartition("-")[2].partition(".")[0]
    for path in (folder / name, Path(torch.hub.get_dir()) / "checkpoints" / name):
        if path.is_file():
            if not file_sha256(path).startswith(wanted):
                raise InputError(
                    f"{path} is damaged: its SHA-256 does not start with {wanted}; remove it to have {url} fetched "
                    "again, or put that file in its place"
                )
            return path
    by_hand = (
        f"fetch {url} on a machine that can and put it in {folder}/ under its own name, or give weights: random or "
        "a path"
    )
    try:
        download([url], folder / name, size=None, sha256=wanted, progress=sys.stderr.isatty())
    except InputError as error:
        raise InputError(f"the ImageNet weights of VGG{depth}: {error}; or {by_hand}") from None
    except OSError as error:
        raise unfetched(f"the ImageNet weights of VGG{depth}", error, folder=folder, by_hand=by_hand) from None
    return folder / name
