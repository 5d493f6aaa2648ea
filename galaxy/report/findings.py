"""Writes the findings of a run as sentences."""

from collections.abc import Sequence

from galaxy.report.findings_clusters import cluster_findings
from galaxy.report.pair_tests import PairTest
from galaxy.report.published import Published
from galaxy.report.quantities import listed, p_text, percent
from galaxy.report.row_results import RowResults

COMPARED = (("custom", "vgg11-deep"), ("vgg11-deep", "vgg11-scratch"), ("vgg11-scratch", "vgg11-shallow"))
"""Pairs of rows of which the first is better in the report."""
CHANGES = (
    (
        "vgg11-scratch",
        "vgg11-scratch-kaiming",
        "Drawing the initial weights as torchvision does, not from the report's normal distribution,",
    ),
    ("custom", "gcnn", "Making the custom network equivariant under flips and quarter turns (gcnn)"),
)
"""Two rows of which the second differs from the first in one thing, and how a sentence names that thing."""


def write_findings(
    rows: Sequence[RowResults],
    pairs: Sequence[PairTest],
    *,
    test_galaxies: int,
    published: Published,
    otherwise: Sequence[str] = (),
    controls: Sequence[PairTest] = (),
    tuning: PairTest | None = None,
    untrained: bool = False,
) -> list[str]:
    """Return the findings as sentences, the most important first.

    Rows without an accuracy are left out.

    Args:
        rows: All rows of the table.
        pairs: Tests of the pairs of supervised rows.
        test_galaxies: Number of galaxies in the test split.
        published: The report's results by row; empty if they must not be compared with ours.
        otherwise: Rows that do not start from the same weights as in the report, whose statements about them are not
            tested.
        controls: Tests of nearest-neighbour predictions from DINO's features against those from each control's.
        tuning: Test of the clusters of DINO's features before fine-tuning against those after it.
        untrained: Whether DINO has random weights.
    """
    known = [row for row in rows if row.metrics.accuracy is not None]
    supervised = [row for row in known if row.details.clusters is None]
    sentences: list[str] = []
    if supervised:
        sentences.append(_best(supervised, pairs))
        tested = [row for row in supervised if row.name not in otherwise]
        sentences += _against_the_report(tested, pairs, published)
        sentences += _changes(supervised, pairs)
        skipped = [row.name for row in supervised if row.name in otherwise]
        if skipped and published:
            verb = "does" if len(skipped) == 1 else "do"
            sentences.append(
                f"{listed(skipped)} {verb} not start from ImageNet weights, so this run does not test the report's "
                "statements about transfer learning."
            )
        sentences += _calibration(supervised)
    sentences += cluster_findings(
        known, controls=controls, tuning=tuning, untrained=untrained, test_galaxies=test_galaxies
    )
    sentences.append(_resolution(test_galaxies))
    if any(len(row.details.seeds) == 1 for row in supervised):
        sentences.append(
            "Each supervised row was trained once. A significant difference is a difference between these trained "
            "networks; other seeds may give another result."
        )
    return sentences


def _accuracy(row: RowResults) -> float:
    return row.metrics.accuracy or 0.0


def _best(rows: Sequence[RowResults], pairs: Sequence[PairTest]) -> str:
    best = max(rows, key=_accuracy)
    text = f"{best.name} has the highest accuracy of the supervised rows, {percent(_accuracy(best))}"
    if best.interval:
        text += f" (95 % interval {percent(best.interval[0])} to {percent(best.interval[1])})"
    others = {
        pair.second if pair.first == best.name else pair.first: pair for pair in pairs if pair.is_about(best.name)
    }
    ahead = [name for name, pair in others.items() if pair.significant]
    level = [name for name, pair in others.items() if not pair.significant]
    if ahead:
        text += f"; it is significantly better than {listed(ahead)}"
    if level:
        text += f"; its difference from {listed(level)} is not significant"
    return text + "."


def _against_the_report(rows: Sequence[RowResults], pairs: Sequence[PairTest], published: Published) -> list[str]:
    by_name = {row.name: row for row in rows}
    sentences = []
    for better, worse in COMPARED:
        test = next((pair for pair in pairs if pair.is_about(better, worse)), None)
        if test is None or not {better, worse} <= by_name.keys() or not {better, worse} <= published.keys():
            continue
        theirs = f"{published[better].accuracy:.0%} against {published[worse].accuracy:.0%}".replace("%", " %")
        ours = 100 * (_accuracy(by_name[better]) - _accuracy(by_name[worse]))
        if not test.significant:
            verdict = f"here the difference of {abs(ours):.1f} points is not significant"
        else:
            order = "the same order" if ours > 0 else "the opposite order"
            verdict = f"here we see {order}, {abs(ours):.1f} points apart"
        sentences.append(
            f"In the report {better} is better than {worse} ({theirs}); {verdict} (McNemar, {p_text(test.p_value)})."
        )
    return sentences


def _changes(rows: Sequence[RowResults], pairs: Sequence[PairTest]) -> list[str]:
    by_name = {row.name: row for row in rows}
    sentences = []
    for base, changed, cause in CHANGES:
        test = next((pair for pair in pairs if pair.is_about(base, changed)), None)
        if test is None or not {base, changed} <= by_name.keys():
            continue
        change = 100 * (_accuracy(by_name[changed]) - _accuracy(by_name[base]))
        sentences.append(
            f"{cause} changes the accuracy of {base} by {change:+.1f} points; the difference is "
            f"{'significant' if test.significant else 'not significant'} (McNemar, {p_text(test.p_value)})."
        )
    return sentences


def _calibration(rows: Sequence[RowResults]) -> list[str]:
    errors = {row.name: row.metrics.ece for row in rows if row.metrics.ece is not None}
    if not errors:
        return []
    best, worst = min(errors, key=errors.__getitem__), max(errors, key=errors.__getitem__)
    if len(errors) == 1:
        return [f"Confidence and accuracy of {best} differ by {percent(errors[best])} on average."]
    text = (
        f"Confidence agrees best with accuracy for {best} (they differ by {percent(errors[best])} on average) and "
        f"worst for {worst} ({percent(errors[worst])})."
    )
    return [text]


def _resolution(test_galaxies: int) -> str:
    # Half-width of a 95 % binomial interval at one half, the widest case.
    half = 100 * 1.96 * (0.25 / max(test_galaxies, 1)) ** 0.5
    return f"With {test_galaxies} test galaxies an accuracy is known to about {half:.1f} points in either direction."
