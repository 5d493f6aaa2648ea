"""The error about parameters, with one line for each problem."""

from collections.abc import Sequence

from galaxy.errors import InputError


class ParamsError(InputError):
    """Raised with everything that is wrong with the parameters.

    Args:
        problems: One line for each problem.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
