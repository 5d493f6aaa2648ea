"""Writes Parquet, with one row group for each part."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from galaxy.errors import InputError
from galaxy.predict.columns import Column
from galaxy.predict.picture import Value


def require_pyarrow() -> None:
    """Check that pyarrow is installed.

    Raises:
        InputError: If it is not installed.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise InputError(
            "Parquet needs pyarrow, which is not installed: pip install 'galaxy-morphology-benchmark[survey]'"
        ) from None


def write_parquet(path: Path, columns: Sequence[Column], parts: Iterable[list[list[Value]]]) -> None:
    """Write all rows; unknown values are null."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "single": pa.float32(),
        "boolean": pa.bool_(),
    }
    schema = pa.schema([(column.name, kinds[column.kind]) for column in columns])
    with parquet.ParquetWriter(path, schema) as writer:
        for rows in parts:
            values = [
                pa.array([row[index] for row in rows], type=schema.field(index).type) for index in range(len(columns))
            ]
            writer.write_table(pa.Table.from_arrays(values, schema=schema))
