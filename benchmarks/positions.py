"""How far timm's and the DINO reference's position interpolation lie apart, on given images and weights.

    python -m benchmarks.positions --images galaxy10.h5 --weights dino_deitsmall16_pretrain.pth

Prints the mean cosine distance and the largest difference between embeddings of the same images at several sizes.
"""

import argparse
from pathlib import Path

import h5py
import torch

from galaxy.features.preparation import Preparation
from galaxy.models.dino_backbone import cls_tokens, create_backbone
from galaxy.models.dino_weights import load_backbone_weights
from galaxy.models.normalise import IMAGENET_MEAN, IMAGENET_STD
from galaxy.models.position_embeddings import fix_positions


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, help="HDF5 file in Galaxy10's layout")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--backbone", default="vit_small_patch16_224.dino")
    parser.add_argument("--weights", default="random", help="random, pretrained or a path")
    parser.add_argument("--sizes", type=int, nargs="+", default=[48, 64, 128, 224, 256])
    given = parser.parse_args()
    with h5py.File(given.images) as file:
        images = torch.from_numpy(file["images"][: given.count])
    for size in given.sizes:
        found = []
        for method in ("timm", "reference"):
            model = create_backbone(given.backbone, seed=0)
            load_backbone_weights(model, given.backbone, given.weights, folder=Path("weights"))
            fix_positions(model, size=size, method=method)
            prepare = Preparation(size=size, crop=None, resampling="bicubic", mean=IMAGENET_MEAN, std=IMAGENET_STD)
            with torch.inference_mode():
                found.append(cls_tokens(model, prepare(images), blocks=4))
        one, other = found
        cosine = torch.nn.functional.cosine_similarity(one, other, dim=1).mean()
        print(f"{size} px: cosine distance {1 - cosine:.2e}, largest difference {(one - other).abs().max():.2e}")


if __name__ == "__main__":
    main()
