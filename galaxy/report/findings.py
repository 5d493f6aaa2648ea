"""Sentences that follow from the numbers, and only from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from galaxy.report.published import PUBLISHED

LEVEL = 0.05


@dataclass(frozen=True)
class RowResult:
    """What the sentences need to know of one row."""

    name: str
    accuracy: float
    interval: tuple[float, float] | None
    ece: float
    clusters: Mapping[str, float] | None = None
    """knn, probe, null_low, null_high of a row that clusters; None for a supervised one."""


@dataclass(frozen=True)
class PairTest:
    """McNemar's test of two supervised rows on the same galaxies; `p_value` is adjusted for the number of pairs."""

    first: str
    second: str
    first_only: int
    second_only: int
    p_value: float

    @property
    def significant(self) -> bool:
        """Whether chance alone would rarely do this."""
        return self.p_value < LEVEL


def write_findings(
    rows: Sequence[RowResult], pairs: Sequence[PairTest], *, test_galaxies: int, untransferred: Sequence[str] = ()
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
                f"{_list(skipped)} {verb} from random weights: the report's figures for transfer are not tested."
            )
        sentences.append(_calibration(supervised))
    sentences += [_cluster_row(row) for row in known if row.clusters is not None]
    sentences += _controls(known)
    sentences += _tuning(known)
    sentences.append(_resolution(test_galaxies))
    return sentences


def percent(value: float) -> str:
    """A share as a percentage with one digit."""
    return f"{100 * value:.1f} %"


def _best(rows: Sequence[RowResult], pairs: Sequence[PairTest]) -> str:
    best = max(rows, key=lambda row: row.accuracy)
    text = f"{best.name} has the highest accuracy of the supervised rows, {percent(best.accuracy)}"
    if best.interval:
        text += f" (95 % interval {percent(best.interval[0])} to {percent(best.interval[1])})"
    others = {pair.second if pair.first == best.name else pair.first: pair for pair in pairs if _has(pair, best.name)}
    ahead = [name for name, pair in others.items() if pair.significant]
    level = [name for name, pair in others.items() if not pair.significant]
    if ahead:
        text += f"; it is significantly better than {_list(ahead)}"
    if level:
        text += f"; its difference from {_list(level)} is not significant"
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


def _calibration(rows: Sequence[RowResult]) -> str:
    worst = max(rows, key=lambda row: row.ece)
    best = min(rows, key=lambda row: row.ece)
    if worst is best:
        return f"Confidence and accuracy of {best.name} differ by {percent(best.ece)} on average."
    return (
        f"Confidence matches accuracy best for {best.name} (off by {percent(best.ece)} on average) and worst for "
        f"{worst.name} ({percent(worst.ece)})."
    )


def _cluster_row(row: RowResult) -> str:
    clusters = row.clusters or {}
    low, high = clusters["null_low"], clusters["null_high"]
    if row.accuracy > high:
        verdict = "above what shuffled clusters reach"
    elif row.accuracy < low:
        verdict = "below what shuffled clusters reach"
    else:
        verdict = "no better than shuffled clusters"
    return (
        f"{row.name} gets {percent(row.accuracy)}, {verdict} ({percent(low)} to {percent(high)}); with labels, "
        f"nearest neighbours read {percent(clusters['knn'])} and a linear probe {percent(clusters['probe'])} off the "
        "same features."
    )


def _controls(rows: Sequence[RowResult]) -> list[str]:
    clusters = {row.name: row.clusters for row in rows if row.clusters}
    if "dino-kmeans" not in clusters or len(clusters) < 2:
        return []
    dino = clusters["dino-kmeans"]["knn"]
    controls = {name: clusters[name]["knn"] for name in ("random-init-kmeans", "pixels-kmeans") if name in clusters}
    if not controls:
        return []
    read = _list([f"{percent(value)} off {name.removesuffix('-kmeans')}" for name, value in controls.items()])
    if dino > max(controls.values()):
        verdict = "dino's features know more than either control" if len(controls) > 1 else "dino's features know more"
    else:
        verdict = "dino's features know no more than the best control"
    return [f"Nearest neighbours read {percent(dino)} off dino, {read}: {verdict}."]


def _tuning(rows: Sequence[RowResult]) -> list[str]:
    by_name = {row.name: row for row in rows}
    if not {"dino-kmeans", "dino-lora-kmeans"} <= by_name.keys():
        return []
    plain, tuned = by_name["dino-kmeans"], by_name["dino-lora-kmeans"]
    change = 100 * (tuned.accuracy - plain.accuracy)
    apart = (
        plain.interval is not None
        and tuned.interval is not None
        and (tuned.interval[0] > plain.interval[1] or tuned.interval[1] < plain.interval[0])
    )
    verdict = "their intervals do not overlap" if apart else "their intervals overlap"
    return [f"Fine-tuning DINO changes the accuracy of its clusters by {change:+.1f} points; {verdict}."]


def _resolution(test_galaxies: int) -> str:
    # Half-width of a 95 % binomial interval at one half, the widest case.
    half = 100 * 1.96 * (0.25 / max(test_galaxies, 1)) ** 0.5
    return f"With {test_galaxies} test galaxies a single accuracy is known to about {half:.1f} points either way."


def p_text(p_value: float) -> str:
    """A p-value as one reads it in papers."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def _has(pair: PairTest, name: str) -> bool:
    return name in (pair.first, pair.second)


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
