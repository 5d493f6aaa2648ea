import shutil
from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.predict.find_row import find_row
from galaxy.predict.trained_row import load_row
from tests.galaxy.predict.rows import CPU, make_row

constants = pytest.importorskip("huggingface_hub.constants")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the hub in a folder of the test, and no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def test_a_row_that_was_fetched_before_is_found_without_a_network(cache: Path, tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = cache / "models--me--galaxies"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    shutil.copytree(make_row(tmp_path), repository / "snapshots" / commit)
    for address in ("hf://me/galaxies", "hf://me/galaxies@main"):
        folder = find_row(address, tmp_path / "nothing")
        assert load_row(folder, device=CPU).description.row == "custom"
    (folder / "model.json").unlink()
    with pytest.raises(InputError, match=r"contains no model\.json"):
        find_row("hf://me/galaxies", tmp_path / "nothing")


def test_without_a_network_the_message_is_one_line(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^hf://me/others cannot be fetched \(.*give the folder of an exported row$"):
        find_row("hf://me/others", tmp_path)
    for address in ("hf://", "hf://name", "hf://a/b/c", "hf://../b@"):
        with pytest.raises(InputError, match="is not an address of the Hugging Face hub"):
            find_row(address, tmp_path)
