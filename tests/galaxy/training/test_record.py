import pytest

from galaxy.training.record import EpochRecord, epoch_score, has_stalled


def records(*losses: float) -> list[EpochRecord]:
    return [
        EpochRecord(epoch, {"loss": 1.0}, {"loss": loss, "accuracy": 1 - loss / 10}, {"lr": 0.1}, 1.0, 8.0, 0)
        for epoch, loss in enumerate(losses)
    ]


def test_a_lower_score_is_a_better_epoch() -> None:
    worse, better = records(0.9, 0.4)
    assert epoch_score("last") is None
    by_loss, by_accuracy = epoch_score("best-loss"), epoch_score("best-accuracy")
    assert by_loss is not None
    assert by_accuracy is not None
    assert by_loss(better) < by_loss(worse)
    assert by_accuracy(better) < by_accuracy(worse)


@pytest.mark.parametrize(
    ("losses", "stalled"),
    [((0.9,), False), ((0.9, 1.0), False), ((0.9, 1.0, 1.1), True), ((0.9, 1.0, 0.8), False), ((0.9, 0.9, 0.9), True)],
)
def test_a_training_stalls_after_two_epochs_without_a_lower_loss(losses: tuple[float, ...], stalled: bool) -> None:
    assert has_stalled(records(*losses), patience=2) is stalled
