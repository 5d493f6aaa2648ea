from pathlib import Path

import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.features.embeddings_file import Embeddings, load_embeddings, save_embeddings, sorted_embeddings

IDS = np.array([f"aaaaaaaaaaaa-{row:06d}" for row in range(5)])


def make(order: list[int] | None = None) -> Embeddings:
    rows = np.array(order or range(5))
    values = np.arange(10, dtype=np.float32).reshape(5, 2)
    return sorted_embeddings(IDS[rows], values[rows], source={"backbone": "x", "blocks": 2}, manifest="m")


def test_rows_come_back_by_id_in_any_order(tmp_path: Path) -> None:
    save_embeddings(tmp_path / "e.npz", make([3, 1, 4, 0, 2]), explained_variance_ratio=np.ones(2))
    loaded = load_embeddings(tmp_path / "e.npz")
    assert loaded.source == {"backbone": "x", "blocks": 2}
    np.testing.assert_array_equal(loaded.of(IDS[[4, 0]], manifest="m"), [[8, 9], [0, 1]])


def test_the_order_of_computation_does_not_change_the_bytes(tmp_path: Path) -> None:
    save_embeddings(tmp_path / "a.npz", make())
    save_embeddings(tmp_path / "b.npz", make([4, 2, 0, 1, 3]))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_join_with_other_galaxies_fails() -> None:
    with pytest.raises(InputError, match="manifest"):
        make().of(IDS, manifest="another")
    with pytest.raises(InputError, match="no embedding of 1 galaxy, .*bbbb"):
        make().of([IDS[0], "bbbbbbbbbbbb-000000"], manifest="m")


def test_nan_and_disorder_are_refused() -> None:
    values = np.zeros((5, 2), dtype=np.float32)
    values[2, 1] = np.nan
    with pytest.raises(InputError, match="aaaaaaaaaaaa-000002"):
        Embeddings(id=IDS, embedding=values, source={}, manifest="m")
    with pytest.raises(InputError, match="repeated or not sorted"):
        Embeddings(id=IDS[::-1], embedding=np.zeros((5, 2), dtype=np.float32), source={}, manifest="m")
    with pytest.raises(InputError, match="float32"):
        Embeddings(id=IDS, embedding=np.zeros((5, 2)), source={}, manifest="m")  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 broken"])
def test_damaged_files_are_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "e.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"e\.npz"):
        load_embeddings(tmp_path / "e.npz")


def test_missing_files_and_arrays_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_embeddings(tmp_path / "none.npz")
    np.savez(tmp_path / "e.npz", id=IDS)
    with pytest.raises(InputError, match="lacks embedding"):
        load_embeddings(tmp_path / "e.npz")


@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_a_flipped_bit_is_noticed_or_harmless(tmp_path: Path, at: float) -> None:
    path = tmp_path / "e.npz"
    save_embeddings(path, make())
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= 1
    path.write_bytes(content)
    try:
        loaded = load_embeddings(path)
    except InputError:
        return
    np.testing.assert_array_equal(loaded.embedding, make().embedding)
