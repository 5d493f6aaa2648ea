import os

import pytest

from galaxy.cores import usable_cores


def test_the_cores_of_this_process_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert usable_cores() == 3


@pytest.mark.parametrize(("reported", "expected"), [(8, 8), (None, 1)])
def test_systems_without_affinity_report_all_cores(
    monkeypatch: pytest.MonkeyPatch, reported: int | None, expected: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: reported)
    assert usable_cores() == expected
