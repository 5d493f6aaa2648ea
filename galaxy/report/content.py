"""Builds the variables of the page's template."""

from collections.abc import Mapping, Sequence
from typing import Any

from galaxy.report import facts as about
from galaxy.report import figures, galleries
from galaxy.report.attention_maps import attention_maps
from galaxy.report.citations import ACKNOWLEDGEMENTS, CITATIONS
from galaxy.report.galleries import Galaxies, ImageOf, PlaceOf
from galaxy.report.main_table import table_line
from galaxy.report.pair_tests import PairTest, pair_lines
from galaxy.report.published import PUBLISHED_ELSEWHERE, Published
from galaxy.report.read_files import Audit
from galaxy.report.row_results import RowResults
from galaxy.report.unsupervised import unsupervised

SECTIONS = (
    ("findings", "Findings"),
    ("table", "Table"),
    ("data", "Data"),
    ("run", "This run"),
    ("labels", "Labels"),
    ("curves", "Curves"),
    ("confusion", "Confusion"),
    ("roc", "ROC"),
    ("reliability", "Reliability"),
    ("unsupervised", "Unsupervised"),
    ("attention", "Attention"),
    ("galleries", "Galleries"),
    ("published", "Published"),
    ("cite", "Cite"),
)
"""Anchors and names of the page's sections."""


def about_the_run(
    rows: Sequence[RowResults],
    *,
    title: str,
    source: str,
    audit: Audit | None,
    manifest: str,
    galaxies: int,
    size: int,
    classes: int,
    comparable: bool,
    otherwise: Mapping[str, str],
    weights: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """Return the template's variables about the run: title, warnings, facts, differences from the report's protocol.

    Args:
        rows: All rows of the table.
        title: Title of the page.
        source: Origin of the galaxies: `rendered`, `galaxy10` or the path of a file.
        audit: The audit of the data, if there was one.
        manifest: SHA-256 of the split manifest.
        galaxies: Number of galaxies in the manifest.
        size: Width and height of the networks' input in pixels.
        classes: Number of classes.
        comparable: Whether our results may be compared with the report's.
        otherwise: Initial weights of the supervised rows that do not start from ImageNet weights, by row.
        weights: Data that the weights of each row were trained on, see `weight_lines`.
    """
    supervised = [row for row in rows if not row.details.clusters]
    absent = supervised[0].metrics.classes_without_test_images if supervised else ""
    undefined = (
        f"No test galaxy is of class {absent}. Figures of these classes are undefined, and no mean includes them."
    )
    return {
        "title": title,
        "banners": about.banners(source, otherwise, weights=weights),
        "facts": about.facts(source, audit, manifest, galaxies=galaxies, size=size, rows=rows),
        "deviations": about.deviations(
            source,
            galaxies=galaxies,
            classes=classes,
            comparable=comparable,
            size=size,
            rows=rows,
            other_weights=about.has_other_weights(weights),
        ),
        "audit": about.audit_sentences(audit),
        "published_counts": audit.published_classes if audit else {},
        "undefined": [undefined] if absent else [],
        "citations": CITATIONS,
        "acknowledgements": ACKNOWLEDGEMENTS,
    }


def about_the_rows(
    rows: Sequence[RowResults],
    *,
    published: Published,
    notes: Mapping[str, str],
    weights: Sequence[Mapping[str, str]],
    findings: Sequence[str],
    pairs: Sequence[PairTest],
    histories: Mapping[str, Sequence[Mapping[str, float]]],
) -> dict[str, Any]:
    """Return the template's variables about the rows: the table, the findings and the figures.

    Args:
        rows: All rows of the table.
        published: The report's results by row; empty if they must not be compared with ours.
        notes: Text below the name of a row, by row.
        weights: Data that the weights of each row were trained on, see `weight_lines`.
        findings: Findings as sentences.
        pairs: Tests of the pairs of supervised rows.
        histories: History of each training that belongs to no supervised row, by name.
    """
    supervised = [row for row in rows if not row.details.clusters]
    table = [table_line(row, published, colour=k, note=notes.get(row.name)) for k, row in enumerate(rows)]
    return {
        "rows": table,
        "costs": any(line["parameters"] is not None for line in table),
        "several_seeds": any(len(row.details.seeds) > 1 for row in rows),
        "several_trainings": any(len(row.details.seeds) > 1 for row in supervised),
        "published": bool(published),
        "elsewhere": PUBLISHED_ELSEWHERE if published else (),
        "weights": weights,
        "findings": findings,
        "pairs": pair_lines(pairs),
        "curves": figures.curve_charts(supervised, histories),
        "curve_legend": [{"name": row.name, "colour": k} for k, row in enumerate(supervised)],
        "class_legend": [{"name": name, "colour": k} for k, name in enumerate(rows[0].details.classes if rows else [])],
        "confusions": [figures.confusion(row) for row in rows],
        "rocs": [figures.roc(row) for row in rows],
        "reliabilities": [figures.reliability(row, colour=k) for k, row in enumerate(rows)],
        "story": unsupervised(rows, published),
    }


def about_the_galaxies(
    rows: Sequence[RowResults],
    *,
    galaxies: Galaxies,
    classes: Sequence[str],
    image_of: ImageOf,
    place_of: PlaceOf,
    attention: Mapping[str, Mapping[str, Any]],
    attention_shown: int,
    issues: Sequence[Mapping[str, Any]],
    each: int,
) -> dict[str, Any]:
    """Return the template's variables with pictures of galaxies.

    Args:
        rows: All rows of the table.
        galaxies: The galaxies of the split.
        classes: Names of the classes in label order.
        image_of: Returns the image of a galaxy.
        place_of: Returns the position of a galaxy on the sky.
        attention: Attention maps of each set of features, see `read_attention`.
        attention_shown: Largest number of galaxies with attention maps.
        issues: Galaxies whose label is likely wrong, see `label_issues`.
        each: Largest number of mistakes per class.
    """
    supervised = [row for row in rows if not row.details.clusters]
    return {
        "classes": galleries.class_list(classes, galaxies, image_of),
        "attention": attention_maps(attention, galaxies, classes, shown=attention_shown),
        "mistakes": galleries.mistakes(supervised, classes, image_of, place_of, each=each),
        "label_issues": issues,
    }


def shown_sections(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the anchors and names of the sections that are not empty."""
    shown = {
        "unsupervised": content["story"],
        "attention": content["attention"],
        "curves": content["curves"],
        "published": content["published"],
    }
    return [section for section in SECTIONS if shown.get(section[0], True)]
