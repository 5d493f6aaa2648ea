"""The number of processes that the environment asks for, and the variables that torch reads."""

import os

import pytest

from galaxy.errors import InputError
from galaxy.recipes.processes import ensure_environment, process_count, start_processes


@pytest.mark.parametrize(("given", "count"), [(None, 1), ("", 1), ("1", 1), ("8", 8)])
def test_the_environment_says_how_many(given: str | None, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if given is None:
        monkeypatch.delenv("GALAXY_PROCESSES", raising=False)
    else:
        monkeypatch.setenv("GALAXY_PROCESSES", given)
    assert process_count(8) == count


@pytest.mark.parametrize("given", ["0", "9", "-1", "two", "1.5", " 2"])
def test_other_numbers_are_refused_with_the_setting_that_limits_them(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GALAXY_PROCESSES", given)
    with pytest.raises(InputError, match=rf"GALAXY_PROCESSES is '{given}'; allowed are 1 to 8 \(train.batch_size\)"):
        process_count(8, reason="train.batch_size")


def test_one_process_and_a_started_process_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GALAXY_PROCESSES", raising=False)
    start_processes(8, reason="train.batch_size")
    monkeypatch.setenv("GALAXY_PROCESSES", "2")
    monkeypatch.setenv("RANK", "1")
    start_processes(8, reason="train.batch_size")


def test_the_environment_cannot_be_set_after_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch  # noqa: F401 - its presence is what is tested

    before = dict(os.environ)
    with pytest.raises(RuntimeError, match="torch has been imported before its environment was set"):
        ensure_environment()
    assert dict(os.environ) == before
