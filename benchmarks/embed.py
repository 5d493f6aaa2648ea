"""Compares the speed of embedding with the bare forward pass, and checks that its memory stays constant.

    python -m benchmarks.embed --images 512 --size 64

Prints images per second of the bare forward pass on images already prepared, of `extract` over a memory map of
pictures, their ratio, and how much the process's peak memory grew for twice and four times the images.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from galaxy.device import pick_device
from galaxy.features.extract import extract
from galaxy.features.preparation import Preparation
from galaxy.models.dino_backbone import cls_tokens, create_backbone
from galaxy.models.normalise import IMAGENET_MEAN, IMAGENET_STD
from galaxy.models.position_embeddings import fix_positions


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="vit_small_patch16_224.dino")
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--stored", type=int, default=64, help="pixels on a side of the stored images")
    parser.add_argument("--size", type=int, default=64, help="pixels on a side of the backbone's input")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3, help="the fastest counts, the two taking turns")
    given = parser.parse_args()
    device = pick_device()
    model = create_backbone(given.backbone, seed=0).to(device)
    fix_positions(model, size=given.size, method="timm")
    prepare = Preparation(size=given.size, crop=None, resampling="bicubic", mean=IMAGENET_MEAN, std=IMAGENET_STD)
    ready = torch.randn(given.batch, 3, given.size, given.size, device=device)

    def encode(images: Tensor) -> Tensor:
        return cls_tokens(model, prepare(images), blocks=4)

    def bare() -> None:
        with torch.inference_mode():
            for _ in range(given.images // given.batch):
                model(ready).cpu()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npy"
        shape = (4 * given.images, given.stored, given.stored, 3)
        made = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        made[:] = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        images = np.load(path, mmap_mode="r")

        def embed(count: int) -> None:
            extract(encode, images, np.arange(count), batch_size=given.batch, device=device)

        bare()
        embed(given.images)
        times: dict[str, list[float]] = {"bare": [], "embed": []}
        for _ in range(given.repeats):
            times["bare"].append(_seconds(bare))
            times["embed"].append(_seconds(lambda: embed(given.images)))
        rates = {name: given.images / min(values) for name, values in times.items()}
        print(
            f"bare forward {rates['bare']:.1f} images/s, embedding {rates['embed']:.1f}, "
            f"ratio {rates['embed'] / rates['bare']:.3f}"
        )
        before = _peak_mib()
        for factor in (2, 4):
            embed(factor * given.images)
            print(f"{factor} x the images: peak memory {_peak_mib() - before:+.1f} MiB")


def _seconds(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
