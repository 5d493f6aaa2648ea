import pytest

from galaxy.training.progress_bar import fitting, show_figures, training_bar
from galaxy.training.record import EpochRecord

RECORD = EpochRecord(
    epoch=0,
    train={"loss": 2.1349, "accuracy": 0.5071},
    validation={"loss": 0.0321, "accuracy": 0.4811},
    values={},
    seconds=1.0,
    items_per_second=1.0,
    memory_bytes=1,
)


class Terminal:
    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("columns", "figures"),
    [(80, "loss 2.13/0.032, accuracy 0.51/0.48"), (65, "accuracy 0.51/0.48"), (50, "")],
)
def test_figures_are_shown_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch, columns: int, figures: str) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr("tqdm.std._screen_shape_wrapper", lambda: lambda _: (columns, 24))
    with training_bar("vgg11-deep, seed 0", total=176, initial=0) as bar:
        bar.update(175)
        show_figures(bar, RECORD)
        bar.update()
    last = terminal.text.replace("\n", "").split("\r")[-1].rstrip()
    assert last.endswith(f" 176/176 [00:00{', ' * bool(figures)}{figures}]")
    assert len(last) <= columns


def test_a_training_without_a_terminal_shows_no_bar() -> None:
    with training_bar("custom, seed 0", total=2, initial=0) as bar:
        assert bar.disable
        show_figures(bar, RECORD)


def test_figures_are_counted_from_the_last() -> None:
    assert [fitting(["one 1", "two 2"], room) for room in (12, 11, 5, 4)] == ["one 1, two 2", "two 2", "two 2", ""]
