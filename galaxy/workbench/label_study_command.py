"""The command `galaxy study labels`: reads the galaxies, trains or resumes, and writes the table and the page."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import write_text
from galaxy.counted import counted
from galaxy.digest import file_sha256, value_sha256
from galaxy.errors import InputError
from galaxy.output_path import check_folder, check_output
from galaxy.workbench.check_networks import not_tiled
from galaxy.workbench.named_inputs import from_root
from galaxy.workbench.output_rules import refuse_outs
from galaxy.workbench.read_section import read_section
from galaxy.workbench.study_galaxies import study_galaxies

SHARES = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0)
RATES = (3e-4, 1e-3, 3e-3)


def study_labels(
    params: Path,
    *,
    images: Path | None,
    data: Path,
    output: Path,
    state: Path,
    rows: Sequence[str],
    shares: Sequence[float],
    rates: Sequence[float],
    seeds: int,
    epochs: int,
    overwrite: bool,
) -> list[str]:
    """Measure every row at every share, and write `output` and a page of the same name that ends in .html.

    Args:
        params: params.yaml, for the size of the images, the batch size and DINO's backbone.
        images: A file in Galaxy10's layout, of which five folds are made; None takes the pipeline's split.
        data: Folder of the pipeline's files.
        output: JSON to write.
        state: Folder in which finished parts are kept until all are done.
        rows: Names of rows; empty takes all whose weights are here.
        shares: Shares of the training labels in per cent.
        rates: Learning rates to choose from.
        seeds: Number of seeds.
        epochs: Number of epochs, each with as many galaxies as the whole training set has.
        overwrite: Whether existing outputs may be replaced.

    Returns:
        The findings.

    Raises:
        InputError: If an argument is out of range, a file cannot be read, or an output cannot be used.
    """
    from tqdm import tqdm

    from galaxy.device import pick_device
    from galaxy.recipes.label_rows import PROBE, SCRATCH
    from galaxy.recipes.label_study import measure, take_share
    from galaxy.recipes.label_summary import study_findings, summarise
    from galaxy.report.study_page import study_page
    from galaxy.sections.dino import DinoSection
    from galaxy.sections.split import SplitSection
    from galaxy.sections.train import TrainSection
    from galaxy.training.precision import Precision

    _check_numbers(shares, rates, seeds, epochs)
    chosen = _chosen_rows(rows)
    read = [params, *([images] if images else [data / "manifest.csv", data / "classes.json", data / "store"])]
    if output.suffix != ".json":
        raise InputError(
            f"{output} does not end in .json; give a name that does (the page is written beside it, with the ending "
            ".html)"
        )
    page = output.with_suffix(".html")
    for path in (output, page):
        refuse_outs(path)
        check_output(path, inputs=read, overwrite=overwrite)
    refuse_outs(state)
    if state.exists() and not state.is_dir():
        raise InputError(f"{state} is not a folder; give another place for --state")
    check_folder(state, state)  # now, because the first training may take an hour
    split: SplitSection = read_section(params, "split", SplitSection)
    train: TrainSection = read_section(params, "train", TrainSection)
    dino: DinoSection = read_section(params, "dino", DinoSection)
    pictures, label, folds, source = study_galaxies(images, data, crop=split.crop, size=split.size)
    chosen = _rows_that_fit(chosen, int(pictures.shape[1]), backbone=dino.backbone, named=bool(rows))
    for share in sorted(set(shares)):
        for fold in folds:
            take_share(label, fold.train, share / 100, seed=0)
    given: dict[str, Any] = {
        "rates": list(rates),
        "seeds": list(range(seeds)),
        "epochs": epochs,
        "batch_size": train.batch_size,
        "classes": int(label.max()) + 1,
        "dino": {"name": dino.backbone, "weights": dino.weights, "seed": dino.seed},
    }
    # In a subfolder the path of a checkpoint still counts from the root of the repository.
    located = {**given["dino"], "weights": str(from_root(dino.weights)) if dino.has_path() else dino.weights}
    finished = _Finished(state / f"labels-{value_sha256({**given, **source, **_weights(dino.weights)})[:16]}.jsonl")
    device = pick_device(os.environ.get("GALAXY_DEVICE"))
    print(f"study labels: training on {Precision.of(device)}", file=sys.stderr)
    features: dict[str, NDArray[np.float32]] = {}
    parts = [
        (row, share / 100, number)
        for share in sorted(set(shares), reverse=True)
        for row in chosen
        for number in range(len(folds))
    ]
    for row, share, number in tqdm(parts, desc="study labels", disable=None, file=sys.stderr, unit="training"):
        if not finished.has(row, share, number):
            record = measure(
                row,
                pictures,
                label,
                folds[number],
                share=share,
                device=device,
                features=features,
                weights_folder=from_root("weights"),
                **{**given, "dino": located},
            )
            finished.add({**record, "fold": number})
    records = [finished.records[part] for part in parts]
    scratch = (*SCRATCH, PROBE) if dino.weights == "random" else SCRATCH
    lines, findings = summarise(records), study_findings(records, scratch=scratch)
    measured = (
        f"{len(label):,} galaxies at {pictures.shape[1]} px, {len(folds)} {'folds' if len(folds) > 1 else 'split'}, "
        f"{counted(seeds, 'seed')}; intervals of 95 % over test galaxies."
    )
    trained = (
        f"Every share has the same number of updates, that of {epochs} epochs of the whole training set; the learning "
        f"rate is the best of {', '.join(f'{rate:g}' for rate in rates)} on validation galaxies."
    )
    notes = [measured, trained, *_notes_on_rows(chosen, dino.weights)]
    content = {"settings": given, "source": source, "findings": findings, "summary": lines, "notes": notes}
    content["records"] = records
    write_text(output, json.dumps(content, indent=1) + "\n")
    write_text(page, study_page(lines, findings, title="When does transfer pay?", notes=notes))
    finished.remove()
    return [*findings, f"{output} and {page} are written"]


def _notes_on_rows(chosen: Sequence[str], dino_weights: str) -> list[str]:
    """Return sentences that say what the names of the rows mean, and how the best ones are chosen."""
    from galaxy.recipes.label_rows import PROBE

    networks = (
        "Networks whose names end in scratch start from random weights. Of pretrained networks only the head learns if "
        "the name ends in shallow, and all layers otherwise. The best rows are chosen on the test galaxies, which "
        "favours the group with more rows."
    )
    notes = [networks]
    if PROBE in chosen:
        learnt = "random weights" if dino_weights == "random" else f"the weights {dino_weights}"
        notes.append(
            f"{PROBE} is a logistic regression on the features of DINO's backbone with {learnt}. It has no updates, "
            "and its penalty is the best of three on validation galaxies."
        )
    return notes


class _Finished:
    """Finished parts, kept in a file of lines of JSON.

    Args:
        path: The file; a line that was cut off is left out.
    """

    def __init__(self, path: Path) -> None:
        self._path, self.records = path, dict[tuple[str, float, int], dict[str, Any]]()
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            try:
                self._keep(json.loads(line))
            except ValueError:
                continue

    def _keep(self, record: dict[str, Any]) -> None:
        self.records[record["row"], record["share"], record["fold"]] = record

    def has(self, *part: Any) -> bool:
        return part in self.records

    def add(self, record: dict[str, Any]) -> None:
        self._keep(record)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self._path, "".join(json.dumps(one) + "\n" for one in self.records.values()))

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


def _check_numbers(shares: Sequence[float], rates: Sequence[float], seeds: int, epochs: int) -> None:
    if bad := [share for share in shares if not 0 < share <= 100]:
        raise InputError(f"a share of the labels is {bad[0]:g}; it must be above 0 and at most 100 per cent")
    if bad := [rate for rate in rates if not 0 < rate < 1]:
        raise InputError(f"a learning rate is {bad[0]:g}; it must be between 0 and 1")
    if not shares or not rates or seeds < 1 or epochs < 1:
        raise InputError("there is nothing to train; give at least one share, rate, seed and epoch")


def _weights(dino: str) -> dict[str, str | int]:
    """Return the sums of the weights that rows may start from, so that no study resumes with others."""
    from galaxy.models.own_weights import FOLDER, SUMS

    named = from_root(dino)
    own: dict[str, str | int] = {"own_weights": file_sha256(FOLDER / SUMS), "version": 4}
    return own | ({"dino_weights": file_sha256(named)} if named.is_file() else {})


def _chosen_rows(rows: Sequence[str]) -> list[str]:
    from galaxy.models.efficientnet_lite0 import weights_file
    from galaxy.recipes.label_rows import ROWS

    if unknown := [row for row in rows if row not in ROWS]:
        raise InputError(f"there is no row {unknown[0]!r}; allowed are {', '.join(ROWS)}")
    if any(row.startswith("imagenet") for row in rows):
        weights_file()
    if rows:
        return list(dict.fromkeys(rows))
    try:
        weights_file()
    except InputError as error:
        print(f"the rows imagenet-deep and imagenet-shallow are left out: {error}", file=sys.stderr)
        return [row for row in ROWS if not row.startswith("imagenet")]
    return list(ROWS)


def _rows_that_fit(chosen: list[str], size: int, *, backbone: str, named: bool) -> list[str]:
    """Return the rows that can take images of `size` pixels; say which are left out.

    Raises:
        InputError: If the user has named one that cannot.
    """
    fitting = []
    for row in chosen:
        reason = _unfit(row, size, backbone)
        if reason and named:
            raise InputError(f"the row {row} cannot be trained: {reason}; change split.size, or leave out this row")
        if reason:
            print(f"the row {row} is left out: {reason}", file=sys.stderr)
        else:
            fitting.append(row)
    if not fitting:
        raise InputError(f"no row can be trained on images of {size} px; give split.size 64, which suits all networks")
    return fitting


def _unfit(row: str, size: int, backbone: str) -> str | None:
    """Return why a row cannot take images of `size` pixels; None if it can."""
    from galaxy.recipes.label_rows import EQUIVARIANT, NETWORKS, PROBE

    if row == PROBE:
        tiled = not_tiled(backbone, size) is None
        return None if tiled else f"{backbone} cannot divide images of {size} px into patches"
    _, architecture = NETWORKS[row]
    if architecture["kind"] == "timm":
        return None
    smallest = 2**5  # the pooling of all these networks together
    if size < smallest:
        return f"it needs images of {smallest} px or more, and these have {size} px"
    if row == EQUIVARIANT and size % smallest:
        return f"it needs images whose width is a multiple of {smallest} px, and these have {size} px"
    if row == "custom-rendered" and size // smallest != 2:
        return f"its weights are for images of 64 to 95 px, and these have {size} px"
    return None
