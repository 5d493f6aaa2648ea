"""Sentences about the rows that cluster."""

import math
from collections.abc import Sequence

from galaxy.report.results import ClusterTests, PairTest, RowResult, listed, p_text, percent


def about_clusters(rows: Sequence[RowResult], tests: ClusterTests, *, test_galaxies: int) -> list[str]:
    """Each row against chance, DINO against its controls, and what fine-tuning changed."""
    sentences = [_cluster_row(row) for row in rows if row.clusters is not None]
    return [*sentences, *_controls(rows, tests, test_galaxies), *_tuning(rows, tests.tuning)]


def _cluster_row(row: RowResult) -> str:
    clusters = row.clusters or {}
    low, high = clusters["null_low"], clusters["null_high"]
    if row.accuracy > high:
        verdict = "above what shuffled clusters reach"
    elif row.accuracy < low:
        verdict = "below what shuffled clusters reach"
    else:
        verdict = "no better than shuffled clusters"
    probe = clusters["probe"]
    linear = "" if math.isnan(probe) else f" and a linear probe {percent(probe)}"
    return (
        f"{row.name} gets {percent(row.accuracy)}, {verdict} ({percent(low)} to {percent(high)}); with labels, "
        f"nearest neighbours read {percent(clusters['knn'])}{linear} off the same features."
    )


def _controls(rows: Sequence[RowResult], tests: ClusterTests, test_galaxies: int) -> list[str]:
    known = {row.name: row.clusters["knn"] for row in rows if row.clusters}
    pairs = [pair for pair in tests.controls if {pair.first, pair.second} <= known.keys()]
    if not pairs:
        return []
    read = listed([f"{percent(known[pair.second])} off {_short(pair.second)}" for pair in pairs])
    text = f"Nearest neighbours read {percent(known[pairs[0].first])} off {_short(pairs[0].first)}, {read}"
    if tests.untrained:
        return [f"{text}; dino has random weights here and is an untrained control itself: it shows no knowledge."]
    groups = {
        "dino's features know more than": [pair for pair in pairs if pair.significant and _ahead(pair)],
        "dino's features know less than": [pair for pair in pairs if pair.significant and not _ahead(pair)],
        f"there is no difference that {test_galaxies} test galaxies could show from": [
            pair for pair in pairs if not pair.significant
        ],
    }
    said = [f"{verb} {listed([_tested(pair) for pair in group])}" for verb, group in groups.items() if group]
    return [f"{text}: {'; '.join(said)} (McNemar)."]


def _tuning(rows: Sequence[RowResult], test: PairTest | None) -> list[str]:
    by_name = {row.name: row for row in rows}
    if test is None or not {test.first, test.second} <= by_name.keys():
        return []
    change = 100 * (by_name[test.second].accuracy - by_name[test.first].accuracy)
    verdict = "significant" if test.significant else "not significant"
    text = (
        f"Fine-tuning DINO changes the accuracy of its clusters by {change:+.1f} points on the same galaxies; the "
        f"difference is {verdict} (McNemar, the least clear pair of seeds, {p_text(test.p_value)})."
    )
    return [text]


def _ahead(pair: PairTest) -> bool:
    return pair.first_only > pair.second_only


def _short(name: str) -> str:
    return name.removesuffix("-kmeans")


def _tested(pair: PairTest) -> str:
    return f"{_short(pair.second)} ({p_text(pair.p_value)})"
