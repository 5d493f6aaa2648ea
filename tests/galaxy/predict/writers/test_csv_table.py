import csv
import io

import numpy as np

from galaxy.predict.columns import Column
from galaxy.predict.picture import Value
from galaxy.predict.writers.csv_table import write_csv


def test_values_read_back_to_the_same() -> None:
    columns = [Column("id", "text"), Column("p", "single"), Column("ra", "number"), Column("ok", "boolean")]
    single = float(np.float32(0.1))
    rows: list[list[Value]] = [['a,b "c"\nd', single, 0.1 + 0.2, True], ["é", None, None, False]]
    file = io.StringIO()
    write_csv(file, columns, [rows[:1], rows[1:]])
    header, first, second = csv.reader(io.StringIO(file.getvalue()))
    assert header == ["id", "p", "ra", "ok"]
    assert first[0] == rows[0][0]
    assert first[1] == "0.1"  # the shortest form of 32 bits
    assert float(first[2]) == 0.1 + 0.2
    assert second == ["é", "", "", "False"]
