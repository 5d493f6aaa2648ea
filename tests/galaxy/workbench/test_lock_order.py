from pathlib import Path
from unittest.mock import Mock

import pytest

from galaxy.workbench import lock_order
from galaxy.workbench.lock_order import lock_stages, order_lock

HEAD = "schema: '2.0'\nstages:\n"


def lock(*names: str) -> str:
    return HEAD + "".join(f"  {name}:\n    cmd: python -m stages.{name}\n" for name in names)


@pytest.fixture
def serial(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = "".join(f"Running stage '{name}':\n> python\n" for name in ("split", "train@custom", "train@vgg", "pca"))
    monkeypatch.setattr(lock_order, "dvc", Mock(return_value=printed))


@pytest.mark.usefixtures("serial")
def test_new_stages_are_put_in_the_order_of_a_serial_run(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(lock("split", "pca", "train@vgg", "train@custom"))
    order_lock(tmp_path, ["split"])
    assert (tmp_path / "dvc.lock").read_text() == lock("split", "train@custom", "train@vgg", "pca")
    assert lock_stages(tmp_path) == ["split", "train@custom", "train@vgg", "pca"]


@pytest.mark.usefixtures("serial")
def test_stages_that_were_there_keep_their_places(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(lock("pca", "split", "train@vgg", "train@custom"))
    order_lock(tmp_path, ["pca", "split"])
    assert lock_stages(tmp_path) == ["pca", "split", "train@custom", "train@vgg"]


def test_nothing_changes_with_fewer_than_two_new_stages(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(lock("pca", "split"))
    order_lock(tmp_path, ["pca"])
    assert (tmp_path / "dvc.lock").read_text() == lock("pca", "split")
    (tmp_path / "dvc.lock").unlink()
    order_lock(tmp_path, [])
    assert lock_stages(tmp_path) == []


@pytest.mark.usefixtures("serial")
def test_a_stage_that_a_serial_run_does_not_name_is_kept(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(lock("frozen", "pca", "split"))
    order_lock(tmp_path, ["gone"])
    assert lock_stages(tmp_path) == ["split", "pca", "frozen"]
