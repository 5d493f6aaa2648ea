"""Checks before anything runs whether parameters, the files that they name, and the machine are suitable."""

from pathlib import Path
from typing import Any

from galaxy.workbench.check_data import data_problems, source_problems
from galaxy.workbench.check_machine import machine_problems
from galaxy.workbench.check_networks import kept_weights, network_problems, own_weights, weight_problems
from galaxy.workbench.named_inputs import WORDS, NamedInput, named_inputs, refusals
from galaxy.workbench.params_error import ParamsError
from galaxy.workbench.params_file import SECTIONS, load_params, unknown_sections, validated
from galaxy.workbench.row_names import row_problems
from galaxy.workbench.settled_stages import settled_stages


def check_params(path: Path, *, root: Path | None = None, environment: bool = True) -> dict[str, Path]:
    """Validate every section as its stage does, then check that sections, files and this machine fit together.

    Args:
        path: The file of parameters.
        root: Root of the repository; None takes the folder of the file.
        environment: Whether to look for published weights, and to check disk, memory and device of this machine.

    Returns:
        The files of weights that are used without being named, by the name of their entry (see
        `galaxy.workbench.input_records`): those that come with the repository, and published ones in `weights/`.

    Raises:
        ParamsError: If anything is wrong, with one line for each problem.
    """
    root = path.absolute().parent if root is None else root
    content = load_params(path)
    problems = unknown_sections(path, content)
    sections: dict[str, Any] = {}
    own: dict[str, Path] = {}
    for key, kind in section_kinds().items():
        if key not in content:
            problems.append(f"{path}: {key!r} is missing; profiles/default.yaml has the whole section")
            continue
        try:
            sections[key] = validated(path, key, content[key], kind)
        except ParamsError as error:
            problems.extend(error.problems)
    found = [*row_problems(content), *refusals(content, root)]
    if "models" in sections and not sections["models"]:
        found.append("models is empty; give at least one row")
    refused = {line.split(" ")[0] for line in found}
    missing = [
        f"{named.key} is {named.value!r}, {_absence(named)}: correct the path, or give "
        f"{' or '.join(sorted(allowed_words(named.key)))}"
        for named in named_inputs(content)
        if named.path is not None and not named.path.is_file() and named.key not in refused
    ]
    found += missing
    of_the_machine: list[str] = []
    if sections.keys() == set(SECTIONS):
        usable = not missing and not refused & {"download.source", "split.manifest"}
        found += data_problems(sections, files=usable)
        found += network_problems(sections)
        own, unfit = own_weights(sections)
        own |= kept_weights(sections)
        found += unfit
        if environment:
            settled = settled_stages(path.absolute().parent, content)
            found += [] if "download" in settled else source_problems(sections)
            found += weight_problems(sections, settled, known=tuple(found))
            of_the_machine += machine_problems(sections, root)
    problems += [*(f"{path}: {text}" for text in found), *of_the_machine]
    if problems:
        raise ParamsError(problems)
    return own


def _absence(named: NamedInput) -> str:
    """Return why the path of an input cannot be read as a file."""
    path = named.path
    if path is not None and path.is_symlink() and not path.exists():
        return "which is a link that leads to no file"
    if path is None or not path.exists():
        return f"and there is no file {path}"
    if not path.is_dir():
        return "which is not a regular file"
    made = "; 'galaxy import' makes a file of a folder of pictures" if named.record == "download" else ""
    return f"which is a folder{made}"


def allowed_words(key: str) -> frozenset[str]:
    """Return the values of a parameter that name no file."""
    if key == "download.source":
        return WORDS["download"]
    if key == "split.manifest":
        return frozenset({"null"})
    return WORDS["weights"] - ({"imagenet"} if key == "dino.weights" else set())


def section_kinds() -> dict[str, Any]:
    """Return the type of each section, in the order of params.yaml."""
    from galaxy.sections.clustering import KmeansSection, PcaSection
    from galaxy.sections.dino import DinoSection
    from galaxy.sections.dino_best import BestSection
    from galaxy.sections.dino_finetune import FinetuneSection
    from galaxy.sections.download import DownloadSection
    from galaxy.sections.embed import EmbedSection, PixelsSection
    from galaxy.sections.evaluate import BoundsSection, EvaluateSection
    from galaxy.sections.models import ModelEntry
    from galaxy.sections.report import ReportSection
    from galaxy.sections.split import SplitSection
    from galaxy.sections.train import TrainSection

    return {
        "download": DownloadSection,
        "split": SplitSection,
        "models": dict[str, ModelEntry],
        "train": TrainSection,
        "dino": DinoSection,
        "dino_finetune": FinetuneSection,
        "embed": EmbedSection,
        "embed_pixels": PixelsSection,
        "pca": PcaSection,
        "kmeans": KmeansSection,
        "dino_best": BestSection,
        "evaluate": EvaluateSection,
        "evaluate_clusters": BoundsSection,
        "report": ReportSection,
    }
