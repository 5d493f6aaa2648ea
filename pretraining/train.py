"""Stage `train`: one pretraining, supervised or by DINO; writes the tensors and the normalisation of pixels."""

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from galaxy.errors import ArgumentError, InputError
from galaxy.recipes.processes import ensure_environment
from pretraining.draw import PARAMS
from pretraining.sections import SECTIONS, DinoSection, SupervisedSection
from stages._stage import InFile, OutFile, read_section, run_stage

STATE = Path(".state/pretraining")
"""Folder of unfinished trainings, from which a stopped one resumes."""


def main(
    name: Annotated[str, typer.Option(help="A key of `supervised` or `dino` in pretraining/params.yaml.")],
    kind: Annotated[Literal["supervised", "dino"], typer.Option(help="Kind of the training.")],
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
    from galaxy.recipes.exit_messages import one_line_exit
    from galaxy.recipes.pretrain_dino import pretrain_dino
    from galaxy.recipes.pretrain_pictures import IMAGES, open_pictures
    from galaxy.recipes.pretrain_supervised import pretrain_supervised
    from galaxy.recipes.pretrained import pretraining_precision
    from galaxy.training.code_digest import computation_identity
    from galaxy.training.state_folder import state_folder

    drawn, device = open_pictures(pictures), pick_device(os.environ.get("GALAXY_DEVICE"))
    arguments = section.model_dump(exclude={"pictures", "start"})
    identity = {
        "arguments": arguments,
        "pictures": file_sha256(pictures / IMAGES),
        "start": file_sha256(start / "tensors.safetensors") if start else None,
        **computation_identity(pretraining_precision(device, arguments.get("number_format"))),
    }
    train = pretrain_supervised if kind == "supervised" else pretrain_dino
    with one_line_exit(name), state_folder(STATE, name, identity) as state:
        try:
            found = train(
                drawn,
                **arguments,
                start=load_file(start / "tensors.safetensors") if start else None,
                device=device,
                state=state,
                title=name,
            )
        except ArgumentError as error:
            raise InputError(f"{kind}.{name}.{error}") from None
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
    ensure_environment()
    run_stage(main, recorded=False)
