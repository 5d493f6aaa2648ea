"""Stage `pack`: makes the file of weights that comes with the repository from trained tensors."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pretraining.draw import PARAMS
from pretraining.sections import SECTIONS, PackSection
from stages._stage import InFile, read_section, run_stage


def main(
    name: Annotated[str, typer.Option(help="Of the training, a key of `pack` in pretraining/params.yaml.")],
    trained: InFile,
    folder: Annotated[Path, typer.Option(help="Where the weights lie.")] = Path("galaxy/weights"),
    params: Path = PARAMS,
) -> None:
    """Write one file of weights and its hash."""
    section: PackSection = read_section(params, f"pack.{name}", PackSection, sections=SECTIONS)
    from safetensors.torch import load_file

    from galaxy.models.fold_batch_norm import fold_batch_norm
    from galaxy.models.save_own_weights import save_own_weights

    tensors = load_file(trained / "tensors.safetensors")
    about = json.loads((trained / "about.json").read_text(encoding="utf-8"))
    save_own_weights(
        folder,
        name,
        fold_batch_norm(tensors) if section.fold_batch_norm else tensors,
        weights=section.weights,
        network=section.network,
        mean=about["mean"],
        std=about["deviation"],
        learnt_from=section.learnt_from,
    )


if __name__ == "__main__":
    run_stage(main, recorded=False)
