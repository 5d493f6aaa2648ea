"""Writes the findings about the clustering rows as sentences."""

import itertools
from collections.abc import Sequence

from galaxy.report.best_row import BEST, PLAIN, STEPS, find_study
from galaxy.report.pair_tests import PairTest
from galaxy.report.quantities import listed, p_text, percent
from galaxy.report.row_results import RowResults

NUISANCES = ("orientation", "size", "colour", "brightness", "sharpness")
"""Quantities measured on an image that do not define its class."""
MEASURED = "all but the class"


def cluster_findings(
    rows: Sequence[RowResults],
    *,
    controls: Sequence[PairTest],
    tuning: PairTest | None,
    untrained: bool,
    test_galaxies: int,
) -> list[str]:
    """Compare each row with chance, DINO with its controls, and features after fine-tuning with those before.

    Args:
        rows: Rows with an accuracy; rows that do not cluster are ignored.
        controls: Tests of nearest-neighbour predictions from DINO's features against those from each control's.
        tuning: Test of the clusters of DINO's features before fine-tuning against those after it.
        untrained: Whether DINO has random weights.
        test_galaxies: Number of galaxies in the test split.

    Returns:
        The findings as sentences.
    """
    return [
        *_against_chance(rows),
        *_controls(rows, controls, untrained, test_galaxies),
        *_tuning(rows, tuning),
        *_best(rows),
        *_axes(rows),
    ]


def _against_chance(rows: Sequence[RowResults]) -> list[str]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        if not row.details.clusters:
            continue
        accuracy, null = row.metrics.accuracy or 0.0, row.details.clusters.null
        if accuracy > null.high:
            verdict = "better than shuffled clusters"
        elif accuracy < null.low:
            verdict = "worse than shuffled clusters"
        else:
            verdict = "no better than shuffled clusters"
        band = f"{percent(accuracy)}, shuffled {100 * null.low:.1f} to {percent(null.high)}"
        groups.setdefault(verdict, []).append(f"{row.name} ({band})")
    return [f"The clusters of {listed(names)} are {verdict}." for verdict, names in groups.items()]


def _controls(
    rows: Sequence[RowResults], controls: Sequence[PairTest], untrained: bool, test_galaxies: int
) -> list[str]:
    known = {row.name: row.metrics.knn_accuracy for row in rows if row.metrics.knn_accuracy is not None}
    pairs = [pair for pair in controls if {pair.first, pair.second} <= known.keys()]
    if not pairs:
        return []
    others = listed([f"{percent(known[pair.second])} on those of {_short(pair.second)}" for pair in pairs])
    text = f"Nearest neighbours reach {percent(known[pairs[0].first])} on the features of dino, {others}."
    if untrained:
        return [f"{text} DINO has random weights in this run, so it is an untrained control itself."]
    groups = {
        "DINO's features predict classes better than": [p for p in pairs if p.significant and _is_ahead(p)],
        "DINO's features predict classes worse than": [p for p in pairs if p.significant and not _is_ahead(p)],
        f"{test_galaxies} test galaxies show no significant difference from": [p for p in pairs if not p.significant],
    }
    said = [f"{verb} {listed([_tested(pair) for pair in group])}" for verb, group in groups.items() if group]
    return [f"{text} {'; '.join(said)} (McNemar)."]


def _tuning(rows: Sequence[RowResults], test: PairTest | None) -> list[str]:
    accuracy = {row.name: row.metrics.accuracy or 0.0 for row in rows}
    if test is None or not {test.first, test.second} <= accuracy.keys():
        return []
    change = 100 * (accuracy[test.second] - accuracy[test.first])
    verdict = "significant" if test.significant else "not significant"
    text = (
        f"Fine-tuning DINO changes the accuracy of its clusters by {change:+.1f} points on the same galaxies. The "
        f"difference is {verdict} (McNemar, pair of seeds with the largest p-value, {p_text(test.p_value)})."
    )
    return [text]


def _best(rows: Sequence[RowResults]) -> list[str]:
    accuracy, study = {row.name: row.metrics.accuracy or 0.0 for row in rows}, find_study(rows)
    if study is None or not {BEST, PLAIN} <= accuracy.keys():
        return []
    text = f"{BEST} reaches {percent(accuracy[BEST])} on the test galaxies, {PLAIN} {percent(accuracy[PLAIN])}"
    gains = [(after.accuracy - before.accuracy, after.step) for before, after in itertools.pairwise(study.steps)]
    if gains and max(gains)[0] > 0:
        gain, step = max(gains)
        text += f"; of its steps the largest gain is {100 * gain:+.1f} points, from this one: {STEPS.get(step, step)}"
    return [f"{text}."]


def _axes(rows: Sequence[RowResults]) -> list[str]:
    study = find_study(rows)
    axes = study.axes.get("dino") if study else None
    if axes is None or not axes.share:
        return []
    leading = {name: found.leading[0] for name, found in axes.r2.items() if name in NUISANCES}
    first = max(leading, key=leading.__getitem__)
    known, nuisances = axes.r2["class"], list(leading)
    text = (
        f"The first principal component of DINO's features has {percent(axes.share[0])} of their variance and follows "
        f"{first} (R² {leading[first]:.2f}) {'more' if leading[first] > known.leading[0] else 'less'} than the class "
        f"(R² {known.leading[0]:.2f}). Of all components together the class explains {percent(known.all)} of the "
        f"variance, {listed(nuisances)} {percent(axes.r2[MEASURED].all)}"
    )
    if axes.r2[MEASURED].all > known.all:
        text += "; k-means, which follows what varies most, follows these rather than the class"
    return [f"{text}."]


def _is_ahead(pair: PairTest) -> bool:
    return pair.first_only > pair.second_only


def _short(name: str) -> str:
    return name.removesuffix("-kmeans")


def _tested(pair: PairTest) -> str:
    return f"those of {_short(pair.second)} ({p_text(pair.p_value)})"
