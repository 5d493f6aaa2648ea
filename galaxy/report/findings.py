"""Sentences that follow from the numbers, and only from them."""

from collections.abc import Sequence

from galaxy.report.findings_clusters import about_clusters
from galaxy.report.published import PUBLISHED
from galaxy.report.results import NO_TESTS, ClusterTests, PairTest, RowResult, listed, p_text, percent


def write_findings(
    rows: Sequence[RowResult],
    pairs: Sequence[PairTest],
    *,
    test_galaxies: int,
    untransferred: Sequence[str] = (),
    clusters: ClusterTests = NO_TESTS,
) -> list[str]:
    """Plain sentences, most important first; rows without accuracy (NaN) are not spoken of.

    `untransferred` names the rows that the report starts from pretrained weights and this run from random ones: what
    the report says of them is not tested here.
    """
    known = [row for row in rows if row.accuracy == row.accuracy]
    supervised = [row for row in known if row.clusters is None]
    sentences: list[str] = []
    if supervised:
        sentences.append(_best(supervised, pairs))
        sentences += _against_the_report([row for row in supervised if row.name not in untransferred], pairs)
        if skipped := [row.name for row in supervised if row.name in untransferred]:
            verb = "starts" if len(skipped) == 1 else "start"
            sentences.append(
                f"{listed(skipped)} {verb} from random weights: the report's figures for transfer are not tested."
            )
        sentences += _calibration([row for row in supervised if row.ece == row.ece])
    sentences += about_clusters(known, clusters, test_galaxies=test_galaxies)
    sentences.append(_resolution(test_galaxies))
    if any(row.trainings == 1 for row in supervised):
        sentences.append(
            "The supervised rows were trained once: a significant difference is one between these networks, and says "
            "nothing of other seeds."
        )
    return sentences


def _best(rows: Sequence[RowResult], pairs: Sequence[PairTest]) -> str:
    best = max(rows, key=lambda row: row.accuracy)
    text = f"{best.name} has the highest accuracy of the supervised rows, {percent(best.accuracy)}"
    if best.interval:
        text += f" (95 % interval {percent(best.interval[0])} to {percent(best.interval[1])})"
    others = {pair.second if pair.first == best.name else pair.first: pair for pair in pairs if _has(pair, best.name)}
    ahead = [name for name, pair in others.items() if pair.significant]
    level = [name for name, pair in others.items() if not pair.significant]
    if ahead:
        text += f"; it is significantly better than {listed(ahead)}"
    if level:
        text += f"; its difference from {listed(level)} is not significant"
    return text + "."


def _against_the_report(rows: Sequence[RowResult], pairs: Sequence[PairTest]) -> list[str]:
    by_name = {row.name: row for row in rows}
    sentences = []
    for better, worse in (
        ("custom", "vgg11-deep"),
        ("vgg11-deep", "vgg11-scratch"),
        ("vgg11-scratch", "vgg11-shallow"),
    ):
        test = next((pair for pair in pairs if _has(pair, better) and _has(pair, worse)), None)
        if test is None or better not in by_name or worse not in by_name:
            continue
        theirs = f"{PUBLISHED[better].accuracy:.0%} against {PUBLISHED[worse].accuracy:.0%}".replace("%", " %")
        ours = by_name[better].accuracy - by_name[worse].accuracy
        if not test.significant:
            verdict = f"here the difference of {abs(100 * ours):.1f} points is not significant"
        else:
            direction = "the same order" if ours > 0 else "the opposite order"
            verdict = f"here we see {direction}, {abs(100 * ours):.1f} points apart"
        sentences.append(
            f"The report finds {better} above {worse} ({theirs}); {verdict} (McNemar, {p_text(test.p_value)})."
        )
    return sentences


def _calibration(rows: Sequence[RowResult]) -> list[str]:
    if not rows:
        return []
    worst = max(rows, key=lambda row: row.ece)
    best = min(rows, key=lambda row: row.ece)
    if worst is best:
        return [f"Confidence and accuracy of {best.name} differ by {percent(best.ece)} on average."]
    text = (
        f"Confidence matches accuracy best for {best.name} (off by {percent(best.ece)} on average) and worst for "
        f"{worst.name} ({percent(worst.ece)})."
    )
    return [text]


def _resolution(test_galaxies: int) -> str:
    # Half-width of a 95 % binomial interval at one half, the widest case.
    half = 100 * 1.96 * (0.25 / max(test_galaxies, 1)) ** 0.5
    return f"With {test_galaxies} test galaxies a single accuracy is known to about {half:.1f} points either way."


def _has(pair: PairTest, name: str) -> bool:
    return name in (pair.first, pair.second)
