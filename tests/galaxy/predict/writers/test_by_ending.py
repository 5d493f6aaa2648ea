import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy.io.fits.verify import VerifyWarning
from astropy.table import Table
from pyarrow import parquet

from galaxy.errors import InputError
from galaxy.predict.columns import Column
from galaxy.predict.picture import Value
from galaxy.predict.writers.by_ending import FORMS, check_columns, check_width, form_of, write_table


@pytest.mark.parametrize("ending", FORMS)
def test_each_form_holds_the_same_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"classes{ending.upper()}"
    columns = [Column("id", "text"), Column("confidence", "single"), Column("count", "integer")]
    write_table(path, form_of(path), columns, [[["a", 0.5, 1]], [["bc", 0.25, 2]]])
    if form_of(path) == "parquet":
        found = parquet.read_table(path).to_pydict()
    else:
        kind = {"csv": "ascii.csv", "ecsv": "ascii.ecsv", "fits": "fits"}[form_of(path)]
        table = Table.read(path, format=kind)
        found = {name: table[name].tolist() for name in table.colnames}
    assert [str(one) if isinstance(one, str) else one.decode() for one in found["id"]] == ["a", "bc"]
    assert found["confidence"] == [0.5, 0.25]
    assert found["count"] == [1, 2]


@pytest.mark.parametrize(("ending", "form"), [(".fits", "fits"), (".ecsv", "ascii.ecsv")])
def test_booleans_keep_their_values(tmp_path: Path, ending: str, form: str) -> None:
    path = tmp_path / f"classes{ending}"
    columns = [Column("good", "boolean"), Column("gap", "boolean")]
    write_table(path, form_of(path), columns, [[[True, True], [False, None]], [[True, False]]])
    found = Table.read(path, format=form)
    assert found["good"].dtype == bool
    assert found["good"].tolist() == [True, False, True]
    np.testing.assert_array_equal(np.ma.filled(found["gap"], np.nan), [1, np.nan, 0])


@pytest.mark.parametrize("names", [["id"], ["id", "viewer"]])
def test_ids_that_begin_with_a_hash_sign_are_read_from_ecsv(tmp_path: Path, names: list[str]) -> None:
    path = tmp_path / "classes.ecsv"
    ids = ["#1", "m31 #2", "# 3", "4"]
    columns = [Column(name, "text") for name in names]
    parts: list[list[list[Value]]] = [[[one for _ in names] for one in part] for part in (ids[:3], ids[3:])]
    write_table(path, "ecsv", columns, parts)
    found = Table.read(path, format="ascii.ecsv")
    assert [found[name].tolist() for name in names] == [ids] * len(names)


@pytest.mark.parametrize("ending", FORMS)
def test_a_table_without_rows_has_its_columns(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"classes{ending}"
    columns = [Column(kind, kind) for kind in ("text", "integer", "number", "single", "boolean")]
    write_table(path, form_of(path), columns, [[]])
    if form_of(path) == "parquet":
        names, rows = parquet.read_table(path).column_names, parquet.read_table(path).num_rows
    else:
        table = Table.read(path, format={"csv": "ascii.csv", "ecsv": "ascii.ecsv", "fits": "fits"}[form_of(path)])
        names, rows = table.colnames, len(table)
    assert (names, rows) == ([column.name for column in columns], 0)


def test_a_fits_table_has_at_most_999_columns(tmp_path: Path) -> None:
    path = tmp_path / "features.fits"
    columns = [Column(f"feature_{number}", "single") for number in range(999)]
    check_width(path, len(columns))
    write_table(path, form_of(path), columns, [[[0.5] * len(columns)]])
    assert len(Table.read(path).colnames) == len(columns)
    check_width(tmp_path / "features.parquet", 1000)
    with pytest.raises(InputError, match=r"would have 1000 columns, and a FITS table has at most 999; give a name"):
        check_width(path, 1000)


@pytest.mark.parametrize("name", ["Barré", "", "two\nlines", "x" * 69, "'" * 35])
def test_names_that_fits_does_not_allow_are_refused(tmp_path: Path, name: str) -> None:
    columns = [Column("id", "text"), Column(name, "single")]
    check_columns(tmp_path / "classes.ecsv", columns)
    with pytest.raises(InputError, match=r"would have a column .*, and names in a FITS table have 1 to 68 printable"):
        check_columns(tmp_path / "classes.fits", columns)


@pytest.mark.parametrize("name", ["x" * 68, "'" * 34, "a b", '"q"'])
def test_names_that_fits_allows_are_kept(tmp_path: Path, name: str) -> None:
    path = tmp_path / "classes.fits"
    check_columns(path, [Column(name, "single")])
    write_table(path, "fits", [Column(name, "single")], [[[0.5]]])
    with warnings.catch_warnings(action="ignore", category=VerifyWarning):
        assert Table.read(path).colnames == [name]


@pytest.mark.parametrize("name", ["classes", "classes.txt", "classes.h5"])
def test_other_endings_are_refused_with_those_that_are_allowed(name: str) -> None:
    with pytest.raises(InputError, match=r"in none of \.csv, \.parquet, \.pq, \.fits, \.fit, \.ecsv; give a name"):
        form_of(Path(name))
