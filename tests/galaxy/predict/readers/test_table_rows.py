from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pytest
from astropy.table import Table
from pyarrow import parquet

from galaxy.errors import InputError
from galaxy.predict.readers.open_inputs import open_inputs
from tests.galaxy.predict.readers.inputs import IMAGES, read
from tests.galaxy.predict.rows import write_pictures


def test_columns_of_every_type_come_along(tmp_path: Path) -> None:
    write_pictures(tmp_path, IMAGES)
    table = pa.table(
        {
            "path": pa.array(["000.png", "001.png"]).dictionary_encode(),
            "list": [[1, 2], None],
            "struct": [{"a": 1}, {"a": None}],
            "binary": [b"ab", b"\xff"],
            "unsigned": pa.array([2**64 - 1, None], pa.uint64()),
            "nan": [float("nan"), 1.0],
            "infinite": [float("inf"), float("-inf")],
            "when": pa.array([0, 1], pa.timestamp("ms")),
        }
    )
    parquet.write_table(table, tmp_path / "table.parquet")
    first, second = read(tmp_path / "table.parquet")
    assert first.further == {
        "list": "[1, 2]",
        "struct": "{'a': 1}",
        "binary": "ab",
        "unsigned": "18446744073709551615",
        "nan": None,
        "infinite": float("inf"),
        "when": "1970-01-01 00:00:00",
    }
    assert second.further["list"] is None
    assert second.further["nan"] == 1
    with ExitStack() as stack:
        kinds = open_inputs([tmp_path / "table.parquet"], stack=stack).further
    assert [kinds[name] for name in ("list", "unsigned", "nan", "infinite")] == ["text", "text", "number", "number"]


@pytest.mark.parametrize("names", [["id", "id", "path"], ["id", "", "path"]])
def test_doubled_and_empty_names_of_columns_of_parquet_are_refused(tmp_path: Path, names: list[str]) -> None:
    table = pa.table([pa.array(["a"]), pa.array(["b"]), pa.array(["a.png"])], names=names)
    parquet.write_table(table, tmp_path / "table.parquet")
    with pytest.raises(InputError, match=f"has the columns {', '.join(names)}; give each a name of its own"):
        read(tmp_path / "table.parquet")


def test_columns_of_vectors_come_along(tmp_path: Path) -> None:
    write_pictures(tmp_path, IMAGES)
    Table({"path": ["000.png", "001.png"], "flux": [[1.5, 2.0], [3.0, 4.0]]}).write(tmp_path / "table.fits")
    first, second = read(tmp_path / "table.fits")
    assert (first.further, second.further) == ({"flux": "[1.5, 2.0]"}, {"flux": "[3.0, 4.0]"})
