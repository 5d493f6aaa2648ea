"""Makes the page, the table for a pull request, and the files that DVC compares, from the files of earlier stages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.classes import GALAXY10_CLASSES
from galaxy.data.class_names import read_class_names
from galaxy.data.fetch.galaxy10 import SHA256
from galaxy.data.manifest import read_manifest
from galaxy.data.store import open_store
from galaxy.evaluation.label_errors import likely_label_errors
from galaxy.recipes.compare_rows import compare_controls, compare_pairs, compare_tuning
from galaxy.recipes.evaluate_outputs import SCHEMA
from galaxy.report.content import about_the_galaxies, about_the_rows, about_the_run, shown_sections
from galaxy.report.facts import started_otherwise
from galaxy.report.findings import write_findings
from galaxy.report.galleries import ImageOf, PlaceOf, label_issues, sky_places
from galaxy.report.page import render_page
from galaxy.report.plot_tables import confusion_csv, curves_csv, headline_json, reliability_csv
from galaxy.report.published import PUBLISHED
from galaxy.report.read_files import read_attention, read_audit, read_history
from galaxy.report.read_rows import read_rows
from galaxy.report.row_results import RowResults
from galaxy.report.summary import markdown_table
from galaxy.report.weights import ORIGINS, weight_lines

HEADLINE = "metrics.json"
"""Key of the headline figures in the result of `make_report`."""


def make_report(
    *,
    metrics: Path,
    details: Path,
    history: Path,
    manifest: Path,
    classes: Path,
    store: Path,
    attention: Path,
    networks: Path | None,
    title: str,
    source: str,
    backbone: str,
    dino_weights: str,
    models: Mapping[str, Mapping[str, Any]],
    gallery: int,
    attention_shown: int,
) -> dict[str, str]:
    """Make the page and the tables beside it.

    Args:
        metrics: Folder of <row>.json with the figures of the table, and of audit.json.
        details: Folder of <row>.json with everything else that evaluation found.
        history: Folder of <row>.csv, one for each training.
        manifest: The split manifest.
        classes: JSON file with the names of the classes.
        store: Folder of the image store.
        attention: Folder of the attention maps.
        networks: Folder of <row>/model.json with the costs of the supervised rows; None leaves the costs out.
        title: Title of the page.
        source: Origin of the galaxies: `rendered`, `galaxy10` or the path of a file.
        backbone: Name of DINO's backbone.
        dino_weights: Weights of DINO's backbone; `random` marks its rows as untrained.
        models: Description of each supervised row, in the order of the table.
        gallery: Largest number of pictures per class in each gallery.
        attention_shown: Largest number of galaxies with attention maps.

    Returns:
        The text of each file by its path below the report's folder, and the headline figures under `HEADLINE`.

    Raises:
        InputError: If a file is missing, damaged, of an older version, or does not belong to the others.
    """
    galaxies, names, images = read_manifest(manifest), read_class_names(classes), open_store(store)
    held_out = galaxies.where("validation", "test")
    rows = read_rows(
        list(models),
        metrics=metrics,
        details=details,
        history=history,
        folder=networks,
        manifest=galaxies.sha256,
        held_out={key: getattr(held_out, key).tolist() for key in ("id", "split", "label")},
        classes=names,
        schema=SCHEMA,
    )
    supervised = [row for row in rows if not row.details.clusters]
    audit = read_audit(metrics / "audit.json")
    comparable = names == GALAXY10_CLASSES and (
        source in ("rendered", "galaxy10") or (audit is not None and audit.sha256 == SHA256)
    )
    published = PUBLISHED if comparable else {}
    otherwise = started_otherwise(models)
    notes = {name: "random weights: no transfer" for name, weights in otherwise.items() if weights == "random"}
    weights = weight_lines(rows, models, backbone=backbone, dino_weights=dino_weights)
    untrained = [line["row"] for line in weights if line["learnt_from"] == ORIGINS["random"].learnt_from]
    notes |= {name: "random weights" for name in untrained if name.startswith("dino")}
    pairs = compare_pairs(supervised)
    findings = write_findings(
        rows,
        pairs,
        test_galaxies=int((galaxies.split == "test").sum()),
        published=published,
        otherwise=list(otherwise),
        controls=compare_controls(rows),
        tuning=compare_tuning(rows),
        untrained=dino_weights == "random",
    )
    place_of: PlaceOf = sky_places(galaxies) if source != "rendered" else lambda _: None

    def image_of(name: str) -> NDArray[np.uint8]:
        image: NDArray[np.uint8] = images.images[images.rows_of([name])[0]]
        return image

    content = about_the_run(
        rows,
        title=title,
        source=source,
        audit=audit,
        manifest=galaxies.sha256,
        galaxies=len(galaxies),
        size=images.size,
        classes=len(names),
        comparable=comparable,
        otherwise=otherwise,
        weights=weights,
    )
    content |= about_the_rows(
        rows,
        published=published,
        notes=notes,
        weights=weights,
        findings=findings,
        pairs=pairs,
        histories=_dino_histories(history, rows),
    )
    content |= about_the_galaxies(
        rows,
        galaxies=galaxies,
        classes=names,
        image_of=image_of,
        place_of=place_of,
        attention=read_attention(attention),
        attention_shown=attention_shown,
        issues=_label_issues(supervised, image_of, place_of, each=gallery),
        each=gallery,
    )
    content["sections"] = shown_sections(content)
    return {
        "index.html": render_page(content),
        "findings.txt": "".join(f"{' '.join(sentence.split())}\n" for sentence in findings),
        "summary.md": markdown_table(
            [(row.name, row.metrics, row.interval) for row in rows],
            published,
            notes=[*content["banners"], *content["undefined"]],
        ),
        "plots/curves.csv": curves_csv(rows),
        "plots/confusion.csv": confusion_csv(rows),
        "plots/reliability.csv": reliability_csv(rows),
        HEADLINE: headline_json(rows),
    }


def _dino_histories(folder: Path, rows: Sequence[RowResults]) -> dict[str, list[dict[str, float]]]:
    named = {row.name for row in rows}
    return {path.stem: read_history(path) for path in sorted(folder.glob("dino*.csv")) if path.stem not in named}


def _label_issues(
    rows: Sequence[RowResults], image_of: ImageOf, place_of: PlaceOf, *, each: int
) -> list[dict[str, Any]]:
    """Find likely label errors by the mean probability of all supervised rows."""
    if not rows:
        return []
    probability = np.mean([row.details.galaxies.probability for row in rows], axis=0)
    found, suggested = likely_label_errors(probability, np.array(rows[0].details.galaxies.label))
    return label_issues(rows[0], found, suggested, probability, image_of, place_of, each=each)
