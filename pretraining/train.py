"""Stage `train`: one pretraining, supervised or by DINO; writes the tensors and the normalisation of pixels."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from pretraining.draw import PARAMS
from pretraining.sections import SECTIONS, DinoSection, SupervisedSection
from stages._stage import InFile, OutFile, read_section, run_stage

STATE = Path(".state/pretraining")
"""Folder of unfinished trainings, from which a stopped one resumes."""


def main(
    name: Annotated[str, typer.Option(help="A key of `supervised` or `dino` in pretraining/params.yaml.")],
    kind: Annotated[str, typer.Option(help="`supervised` or `dino`.")],
    pictures: InFile,
    output: OutFile,
    start: Annotated[Path | None, typer.Option(help="Output of the training to begin from.")] = None,
    params: Path = PARAMS,
) -> None:
    """Pretrain one network."""
    wanted = SupervisedSection if kind == "supervised" else DinoSection
    section: Any = read_section(params, f"{kind}.{name}", wanted, sections=SECTIONS)
    from safetensors.torch import load_file, save_file

    from galaxy.atomic import atomic_path, write_text
    from galaxy.device import pick_device
    from galaxy.digest import file_sha256
    from galaxy.recipes.pretrain_dino import pretrain_dino
    from galaxy.recipes.pretrain_pictures import IMAGES, open_pictures
    from galaxy.recipes.pretrain_supervised import pretrain_supervised
    from galaxy.training.state_folder import state_folder

    arguments = section.model_dump(exclude={"pictures", "start"})
    identity = {
        "arguments": arguments,
        "pictures": file_sha256(pictures / IMAGES),
        "start": file_sha256(start / "tensors.safetensors") if start else None,
    }
    train = pretrain_supervised if kind == "supervised" else pretrain_dino
    with state_folder(STATE, name, identity) as state:
        found = train(
            open_pictures(pictures),
            **arguments,
            start=load_file(start / "tensors.safetensors") if start else None,
            device=pick_device(os.environ.get("GALAXY_DEVICE")),
            state=state,
            title=name,
        )
        output.mkdir(parents=True, exist_ok=True)
        with atomic_path(output / "tensors.safetensors") as temporary:
            save_file({key: tensor.contiguous() for key, tensor in found.tensors.items()}, temporary)
        last = found.records[-1]
        about = {
            "mean": found.mean,
            "deviation": found.std,
            "train": dict(last.train),
            "held_out": dict(last.validation),
        }
        write_text(output / "about.json", json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    run_stage(main, recorded=False)
