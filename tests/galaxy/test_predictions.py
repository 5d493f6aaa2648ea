import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.predictions import Predictions, load_predictions, save_predictions


def make(**changes: Any) -> Predictions:
    values: dict[str, Any] = {
        "id": np.array(["a-1", "a-2", "a-3"]),
        "split": np.array(["test", "validation", "test"]),
        "label": np.array([0, 1, 1]),
        "seed": np.array([4, 7]),
        "probability": np.array([[[0.25, 0.75], [1, 0], [0.5, 0.5]]] * 2, np.float32),
        "classes": np.array(["Round", "<script>"]),
        "manifest": "0" * 64,
    }
    return Predictions(**(values | changes))


def probability(value: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    result = make().probability.copy()
    result[1, 2, 0] = value
    return result


def test_comes_back_as_it_went(tmp_path: Path) -> None:
    save_predictions(tmp_path / "row.npz", make())
    back = load_predictions(tmp_path / "row.npz")
    for field in dataclasses.fields(Predictions):
        np.testing.assert_array_equal(getattr(back, field.name), getattr(make(), field.name))


def test_same_content_same_bytes(tmp_path: Path) -> None:
    save_predictions(tmp_path / "a.npz", make())
    save_predictions(tmp_path / "b.npz", make())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_where_keeps_one_split() -> None:
    test = make().where("test")
    assert test.id.tolist() == ["a-1", "a-3"]
    assert test.probability.shape == (2, 2, 2)
    with pytest.raises(InputError, match=r"'train'.*validation and test"):
        make().where("train")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probability": probability(np.nan)}, r"a-3 \(seed 7\).*nan.*\[0, 1\]"),
        ({"probability": probability(np.inf)}, r"a-3 \(seed 7\).*inf"),
        ({"probability": probability(-0.5)}, r"a-3 \(seed 7\).*-0.5"),
        ({"probability": probability(0.4)}, r"a-3 \(seed 7\) sum to 0.9; they must sum to 1"),
        ({"probability": make().probability[0]}, r"shape \(3, 2\)"),
        ({"probability": make().probability.astype(np.float64)}, "float64"),
        ({"label": np.array([0, 1, 2])}, r"label 2 .* 2 classes \(0 to 1\)"),
        ({"label": np.array([0.0, 1.0, 1.0])}, "label .* float64; .* integers"),
        ({"label": np.array([0, 1])}, r"label has shape \(2,\)"),
        ({"id": np.array(["a-1", "a-1", "a-3"])}, "a-1 occurs more than once"),
        ({"id": np.array(["a-2", "a-1", "a-3"])}, "not sorted"),
        ({"seed": np.array([4, 4])}, "seed 4 occurs more than once"),
        ({"split": np.array(["test", "train", "test"])}, "split 'train'"),
        ({"classes": np.array(["Round", "Round"])}, "classes Round occurs"),
    ],
)
def test_refuses_what_is_not_predictions(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(**changes)


def test_refuses_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "row.npz"
    with pytest.raises(InputError, match="does not exist"):
        load_predictions(path)
    for content in (b"", b"PK", b"no archive at all"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"cannot be read as an \.npz file"):
            load_predictions(path)
    np.savez(path, id=make().id)
    with pytest.raises(InputError, match="lacks split, label, seed, probability, classes, manifest"):
        load_predictions(path)
    arrays: dict[str, Any] = dataclasses.asdict(make())
    np.savez(path, **(arrays | {"id": np.array([{}], dtype=object)}))
    with pytest.raises(InputError, match=r"cannot be read as an \.npz file"):
        load_predictions(path)
    with path.open("wb") as file:
        np.save(file, make().seed)
    with pytest.raises(InputError, match="single array"):
        load_predictions(path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "row.npz"
    rng = np.random.default_rng(0)
    values = rng.dirichlet(np.ones(8), size=(1, 300)).astype(np.float32)
    big = make(
        id=np.array([f"g{i:03}" for i in range(300)]),
        split=np.full(300, "test"),
        label=rng.integers(0, 8, 300),
        seed=np.array([0]),
        probability=values,
        classes=np.array(list("abcdefgh")),
    )
    save_predictions(path, big)
    content = bytearray(path.read_bytes())
    content[content.index(b"probability.npy") + 2000] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"row\.npz"):
        load_predictions(path)
    path.write_bytes(content[:-200])
    with pytest.raises(InputError, match=r"cannot be read as an \.npz file"):
        load_predictions(path)


def test_any_flipped_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "row.npz"
    save_predictions(path, make())
    content = path.read_bytes()
    for position in range(0, len(content), 3):
        damaged = bytearray(content)
        damaged[position] ^= 0x11
        path.write_bytes(damaged)
        try:
            back = load_predictions(path)
        except InputError:
            with pytest.raises(InputError, match=r"\A[^\n]*row\.npz[^\n]*\Z"):
                load_predictions(path)
        else:  # in a field of the archive that nobody reads
            np.testing.assert_array_equal(back.probability, make().probability)
            np.testing.assert_array_equal(back.label, make().label)
