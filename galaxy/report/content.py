"""Everything the page's template asks for, in one mapping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from galaxy.data.manifest import Manifest
from galaxy.data.store import ImageStore
from galaxy.recipes import compare_rows as comparison
from galaxy.report import facts as about
from galaxy.report import figures, pictures
from galaxy.report.citations import ACKNOWLEDGEMENTS, CITATIONS
from galaxy.report.findings import write_findings
from galaxy.report.main_table import table_row
from galaxy.report.row_files import RowFiles
from galaxy.report.unsupervised import unsupervised

SECTIONS = (
    ("run", "This run"),
    ("data", "Data"),
    ("table", "Table"),
    ("curves", "Curves"),
    ("confusion", "Confusion"),
    ("roc", "ROC"),
    ("reliability", "Reliability"),
    ("unsupervised", "Unsupervised"),
    ("attention", "Attention"),
    ("galleries", "Galleries"),
    ("findings", "Findings"),
    ("cite", "Cite"),
)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What earlier stages left, and what the page is to show of it."""

    title: str
    source: str
    dino_weights: str
    entries: Mapping[str, Mapping[str, Any]]
    rows: Sequence[RowFiles]
    audit: Mapping[str, Any]
    further_histories: Mapping[str, Sequence[Mapping[str, float]]]
    manifest: Manifest
    classes: Sequence[str]
    store: ImageStore
    attention: Mapping[str, Mapping[str, Any]]
    gallery: int
    attention_shown: int


def page_content(given: Inputs) -> dict[str, Any]:
    """The variables of galaxy/report/page.html."""
    rows, manifest, store = given.rows, given.manifest, given.store
    supervised = [row for row in rows if not row.details["clusters"]]
    notes = {name: note for name, entry in given.entries.items() if (note := about.transfer_note(entry))}
    row_notes = dict(notes)
    if given.dino_weights == "random":
        row_notes |= {row.name: "random weights" for row in rows if row.name.startswith("dino")}
    size: dict[str, Any] = {"galaxies": len(manifest), "size": store.size, "rows": rows}
    pairs = comparison.pair_tests(supervised)
    absent = supervised[0].metrics.get("classes_without_test_images", "") if supervised else ""
    table = [table_row(row, colour=k, note=row_notes.get(row.name)) for k, row in enumerate(rows)]
    content: dict[str, Any] = {
        "title": given.title,
        "banners": about.banners(given.source, notes, given.dino_weights),
        "facts": about.facts(given.source, given.audit, manifest.sha256, **size),
        "deviations": about.deviations(given.source, notes=notes, dino_weights=given.dino_weights, **size),
        "classes": pictures.class_list(given.classes, manifest, store),
        "published_counts": given.audit.get("published_classes", {}),
        "audit": about.audit_sentences(given.audit),
        "rows": table,
        "costs": any(row["parameters"] is not None for row in table),
        "several_seeds": any(len(row.details["seeds"]) > 1 for row in rows),
        "several_trainings": any(len(row.details["seeds"]) > 1 for row in supervised),
        "undefined": [
            f"No test galaxy is of class {absent}: figures of these classes are undefined and no mean contains them."
        ]
        if absent
        else [],
        "findings": write_findings(
            [comparison.result(row) for row in rows],
            pairs,
            test_galaxies=int((manifest.split == "test").sum()),
            untransferred=list(notes),
            clusters=comparison.cluster_tests(rows, dino_weights=given.dino_weights),
        ),
        "pairs": comparison.pair_lines(pairs),
        "curves": figures.curves(supervised, given.further_histories),
        "curve_legend": [{"name": row.name, "colour": k} for k, row in enumerate(supervised)],
        "class_legend": [{"name": name, "colour": k} for k, name in enumerate(given.classes)],
        "confusions": [figures.confusion(row) for row in rows],
        "rocs": [figures.roc(row) for row in rows],
        "reliabilities": [figures.reliability(row, colour=k) for k, row in enumerate(rows)],
        "story": unsupervised(rows),
        "attention": pictures.attention(given.attention, manifest, given.classes, shown=given.attention_shown),
        "mistakes": pictures.mistakes(supervised, given.classes, store, each=given.gallery),
        "suspects": pictures.suspects(supervised, given.classes, store, each=given.gallery) if supervised else [],
        "citations": CITATIONS,
        "acknowledgements": ACKNOWLEDGEMENTS,
    }
    shown = {"unsupervised": content["story"], "attention": content["attention"], "curves": content["curves"]}
    content["sections"] = [item for item in SECTIONS if shown.get(item[0], True)]
    return content
