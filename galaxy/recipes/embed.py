"""Computes the features of all galaxies with a DINO backbone, and attention maps of a few of them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest
from galaxy.data.store import open_store
from galaxy.features.attention_file import one_of_each, save_attention
from galaxy.features.extract import extract
from galaxy.models.dino_backbone import cls_attention
from galaxy.recipes.embed_processes import gather_parts
from galaxy.recipes.encoder import Encoder, build_encoder


def embed_galaxies(
    encoder: Encoder,
    ids: NDArray[np.str_],
    *,
    store: Path,
    batch_size: int,
    processes: int,
    network: Mapping[str, Any],
    folder: Path,
    title: str,
) -> NDArray[np.float32]:
    """Compute the features of galaxies.

    Args:
        encoder: The network.
        ids: (M,) ids of the galaxies.
        store: Folder of the image store.
        batch_size: Number of galaxies that are computed at a time.
        processes: Number of processes. If there are several, each builds the network and embeds a share of the
            galaxies.
        network: Arguments of `build_encoder`, with which these processes build the network.
        folder: Folder for the results of the processes, until they are joined.
        title: Label of the progress bar.

    Returns:
        (M, D) float32 features, which do not depend on the number of processes.
    """
    if processes == 1:
        images = open_store(store)
        rows = images.rows_of(ids)
        return extract(encoder, images.images, rows, batch_size=batch_size, device=encoder.device, title=title)
    work = partial(_embed_share, dict(network), ids, store, batch_size, title)
    return gather_parts(work, len(ids), processes=processes, folder=folder)


def _embed_share(
    network: dict[str, Any],
    ids: NDArray[np.str_],
    store: Path,
    batch_size: int,
    title: str,
    share: NDArray[np.int64],
    rank: int,
    target: Path,
) -> None:
    count = torch.cuda.device_count()
    if count > 1 and network["device"] in {None, "", "cuda"}:
        network["device"] = f"cuda:{rank % count}"
    encoder, images = build_encoder(**network), open_store(store)
    rows = images.rows_of(ids[share])
    found = extract(encoder, images.images, rows, batch_size=batch_size, device=encoder.device, title=title)
    np.save(target, found)


@torch.inference_mode()
def write_attention(path: Path, encoder: Encoder, galaxies: Manifest, *, store: Path) -> None:
    """Write the last block's attention maps of one test galaxy of each class.

    Args:
        path: The .npz file to write.
        encoder: The network.
        galaxies: All galaxies, with their split and class.
        store: Folder of the image store.
    """
    test, stored = galaxies.where("test"), open_store(store)
    ids = test.id[one_of_each(test.id, test.label)]
    images = np.ascontiguousarray(stored.images[stored.rows_of(ids)])
    maps = cls_attention(encoder.backbone, encoder.prepare(torch.from_numpy(images).to(encoder.device)))
    save_attention(path, ids=ids, images=images, attention=maps.float().cpu().numpy())
