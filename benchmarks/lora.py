"""What low-rank adapters cost in an update of the DINO fine-tune, and what ways to make it cheaper would save.

    python -m benchmarks.lora --compile

prints the processor time of one thread for the teacher's forward pass over global views and for the student's forward
and backward pass over all views, ViT-S/16 with the adapters of the paper profile. Variants: the adapters as they are;
the limit of any other way to compute them, which is the teacher with merged adapters and the student without any; the
same in bfloat16, by autocast and with the frozen weights cast before; and blocks translated by torch.compile.
"""

import argparse
import time
from collections.abc import Callable

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from benchmarks.rehearsal_table import protocol_sections
from galaxy.models.dino_backbone import create_backbone
from galaxy.models.lora import attach_adapters, merge_adapters

GALAXIES = 2


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=4, help="the fastest of this many is printed")
    parser.add_argument("--compile", action="store_true", help="measure compiled blocks, too: two minutes")
    given = parser.parse_args()
    torch.set_num_threads(1)
    finetune = protocol_sections()["dino_finetune"].arguments()
    crops = finetune["crops"]
    views = torch.randn(2 * GALAXIES, 3, crops["global_size"], crops["global_size"])
    small = torch.randn(crops["local_count"] * GALAXIES, 3, crops["local_size"], crops["local_size"])

    def teacher(network: nn.Module, number_format: torch.dtype) -> float:
        def forward() -> None:
            with torch.no_grad(), _casting(number_format):
                network(views)

        return _fastest(forward, given.repeat)

    def student(network: nn.Module, number_format: torch.dtype) -> float:
        def update() -> None:
            with _casting(number_format):
                loss = network(views).float().square().mean() + network(small).float().square().mean()
            loss.backward()

        return _fastest(update, given.repeat)

    adapted = _adapted(finetune["lora"])
    merged = _adapted(finetune["lora"])
    merge_adapters(merged)
    bare = create_backbone("vit_small_patch16_224", seed=0).train().requires_grad_(requires_grad=False)
    bare.get_parameter("patch_embed.proj.bias").requires_grad_()  # so that gradients pass all blocks, as with adapters
    single, half = torch.float32, torch.bfloat16
    print("| variant | teacher, s | student, s |\n|---|---|---|")
    print(f"| adapters as they are | {teacher(adapted, single):.3f} | {student(adapted, single):.3f} |", flush=True)
    print(f"| merged, or none | {teacher(merged, single):.3f} | {student(bare, single):.3f} |", flush=True)
    print(f"| bfloat16 | {teacher(adapted, half):.3f} | {student(adapted, half):.3f} |", flush=True)
    for module in adapted.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            for parameter in module.parameters(recurse=False):
                parameter.data = parameter.data.to(half)
    print(f"| bfloat16, frozen weights cast before | {teacher(adapted, half):.3f} | {student(adapted, half):.3f} |")
    if given.compile:
        compiled = _adapted(finetune["lora"])
        for block in compiled.blocks:
            block.compile(dynamic=False)
        print(f"| compiled blocks | {teacher(compiled, single):.3f} | {student(compiled, single):.3f} |")


def _adapted(lora: dict[str, object]) -> VisionTransformer:
    network = create_backbone("vit_small_patch16_224", seed=0)
    attach_adapters(network, **lora, seed=0)  # type: ignore[arg-type]
    network.train()
    return network


def _casting(number_format: torch.dtype) -> torch.autocast:
    return torch.autocast("cpu", dtype=number_format, enabled=number_format != torch.float32)


def _fastest(work: Callable[[], None], repeat: int) -> float:
    work()
    found = []
    for _ in range(repeat):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


if __name__ == "__main__":
    main()
