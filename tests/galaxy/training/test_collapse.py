import math

import pytest

from galaxy.training.collapse import collapse_reason


@pytest.mark.parametrize(
    ("teacher", "marginal", "spread", "said"),
    [
        (0.999 * math.log(64), math.log(64), 0.5, "uniform"),
        (0.0, 0.0, 0.5, "one prototype"),
        (2.0, 2.001, 0.5, "hardly differ"),
        (1.0, 3.0, 0.001, "same embedding"),
        (1.0, 3.0, 0.5, None),
    ],
)
def test_a_collapse_is_named(teacher: float, marginal: float, spread: float, said: str | None) -> None:
    found = collapse_reason({"teacher_entropy": teacher, "marginal_entropy": marginal, "spread": spread}, prototypes=64)
    assert (found is None) if said is None else (found is not None and said in found)
