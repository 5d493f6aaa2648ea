from pathlib import Path

import pytest
from astropy.table import Table
from pyarrow import parquet

from galaxy.errors import InputError
from galaxy.predict.columns import Column
from galaxy.predict.writers.by_ending import FORMS, form_of, write_table


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


@pytest.mark.parametrize("name", ["classes", "classes.txt", "classes.h5"])
def test_other_endings_are_refused_with_those_that_are_allowed(name: str) -> None:
    with pytest.raises(InputError, match=r"in none of \.csv, \.parquet, \.pq, \.fits, \.fit, \.ecsv; give a name"):
        form_of(Path(name))
