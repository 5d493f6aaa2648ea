import numpy as np

from galaxy.predict.picture import Picture
from galaxy.predict.similar.nearest import Neighbour
from galaxy.predict.similar.nearest_table import nearest_columns, nearest_rows


def test_each_neighbour_has_a_row_in_the_order_of_distance() -> None:
    columns = nearest_columns({"mag": "number", "rank": "integer"})
    near = Neighbour(Picture("b", ra=10.0, dec=-5.0, further={"mag": 15.5, "rank": 9}), 0.1, np.array([0.2, 0.8]))
    far = Neighbour(Picture("c"), 0.3, np.array([0.6, 0.4]))
    rows = nearest_rows([Picture("a"), Picture("z")], [[near, far], []], ["disc", "ring"], ["mag", "rank"])
    first, second = (dict(zip([column.name for column in columns], row, strict=True)) for row in rows)
    assert [first[name] for name in ("query", "rank", "id", "predicted", "ra", "dec", "mag", "rank_in_table")] == [
        *("a", 1, "b", "ring", 10.0, -5.0, 15.5, 9),
    ]
    assert np.float32(first["distance"]) == np.float32(0.1)
    assert [second[name] for name in ("query", "rank", "id", "predicted", "ra", "mag")] == [
        *("a", 2, "c", "disc", None, None),
    ]


def test_a_renamed_column_gets_no_name_that_another_one_has() -> None:
    names = [column.name for column in nearest_columns({"rank": "integer", "rank_in_table": "text"})]
    assert names[-2:] == ["rank_in_table_in_table", "rank_in_table"]
