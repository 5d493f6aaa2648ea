"""The rehearsal at a size of seconds: the paper profile with the authors' LoRA, from a server that breaks off twice."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.rehearsal import BREAKS, Part, run_part
from benchmarks.rehearsal_table import write_table

TINY: dict[str, Any] = {
    "split.size": 32,
    # `galaxy check` asks for the disk that all rows take, also of those that are not run here.
    "train.seeds": [0],
    "models.vgg11-scratch.head": [8],
    "models.vgg11-scratch-kaiming.head": [8],
    "models.vgg11-deep.head": [8],
    "models.vgg11-shallow.head": [8],
    "models.vgg11-deep.weights": "random",
    "models.vgg11-shallow.weights": "random",
    "dino.backbone": "test_vit.r160_in1k",
    "dino_finetune.images": 64,
    "dino_finetune.epochs": 1,
    "dino_finetune.warmup_epochs": 0,
    "dino_finetune.head.prototypes": 64,
    "dino_finetune.head.hidden": 16,
    "dino_finetune.head.bottleneck": 8,
    "dino_finetune.head.freeze_last_layer": 0,
    "dino_finetune.crops.global_size": 32,
    "dino_finetune.crops.local_size": 16,
    "dino_finetune.crops.local_count": 1,
    "embed.size": 32,
    "embed.blocks": 2,
}


@pytest.mark.timeout(600)
def test_the_protocol_runs_from_the_download_to_the_authors_fine_tune(tmp_path: Path) -> None:
    part = Part("subset", ["paper", "authors"], ["dino-finetune-lora"])
    measured: dict[str, Any] = {}
    run_part(part, tmp_path, measured, count=170, changes=TINY, memory=4e9, disk=4e9, vgg=False)
    size = (tmp_path / "stand-ins-170" / "galaxies.h5").stat().st_size
    assert measured[""]["requests"] == [0, *(int(share * size) for share in BREAKS)]
    stages = ["download", "split", "dino-finetune-lora"]
    assert all(measured[stage]["seconds"] > 0 and measured[stage]["memory"] > 1e7 for stage in stages)
    adapter = json.loads((tmp_path / "subset" / "data" / "dino-lora" / "adapter.json").read_text())
    assert (adapter["rank"], adapter["alpha"], adapter["also"]) == (32, 1, ["bias"])
    table = write_table({"authors": measured})
    assert all(f"| {stage} |" in table for stage in stages)
